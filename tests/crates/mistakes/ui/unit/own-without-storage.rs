measurand::unit!(
    /// Pages of a document.
    pub Pages = "pages"
);

fn main() {}

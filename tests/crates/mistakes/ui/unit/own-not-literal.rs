measurand::unit!(pub Pages = PAGES, whole);

fn main() {}

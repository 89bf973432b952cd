measurand::unit!(pub Pages = "pages", float);

fn main() {}

measurand::unit!(pub Pages = "pages");

fn main() {}

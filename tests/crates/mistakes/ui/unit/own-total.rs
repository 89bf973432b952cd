measurand::unit!(pub Pages = "pages_total", whole);

fn main() {}

measurand::unit!(pub Pages = "Pages", whole);

fn main() {}

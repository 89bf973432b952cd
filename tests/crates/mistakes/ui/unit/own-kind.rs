measurand::unit!(pub Pages = "counter", whole);

fn main() {}

measurand::unit!(pub Pages = "count", whole);

fn main() {}

measurand::unit!(pub Pages = "_pages", whole);

fn main() {}

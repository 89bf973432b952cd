measurand::unit!(pub Pages = "pa-ges", whole);

fn main() {}

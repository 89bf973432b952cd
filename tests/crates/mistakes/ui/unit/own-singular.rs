measurand::unit!(pub Second = "second", whole);

fn main() {}

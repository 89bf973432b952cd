measurand::unit!(pub Millis = "ms", whole);

fn main() {}

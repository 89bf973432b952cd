measurand::unit!(pub Millis = "milliseconds", whole);

fn main() {}

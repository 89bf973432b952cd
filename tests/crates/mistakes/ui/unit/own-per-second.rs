measurand::unit!(pub Hertz = "per_second", fractional);

fn main() {}

measurand::unit!(pub Percent = "percent", fractional);

fn main() {}

measurand::unit!(pub Time = "seconds", whole);

fn main() {}

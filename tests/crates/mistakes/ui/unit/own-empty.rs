measurand::unit!(pub Pages = "", whole);

fn main() {}

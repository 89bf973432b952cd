use measurand::instrument_metrics;
struct A;
#[instrument_metrics]
impl A {
    #[cfg_attr(all(), instrument_metrics(sample = 4))]
    fn close(&self) -> u32 { 1 }
}
fn main() {
    A.close();
    let mut t = String::new();
    measurand::encode_text(&mut t);
    print!("{t}"); // function="A::close" 1 and function="close" 1
}

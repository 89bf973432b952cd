use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    #[label(expect(target, reason = "an old dashboard"))]
    job: &'a str,
}

fn main() {}

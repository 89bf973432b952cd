use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    #[label]
    job: &'a str,
}

fn main() {}

use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    #[label(expect(target_label))]
    job: &'a str,
}

fn main() {}

use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    r#type: &'a str,
}

fn main() {}

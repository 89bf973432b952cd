use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    service: &'a str,
}

fn main() {}

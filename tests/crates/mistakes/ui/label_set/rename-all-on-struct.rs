use measurand::LabelSet;

#[derive(LabelSet)]
#[label(rename_all = "snake_case")]
struct Call<'a> {
    tenant: &'a str,
}

fn main() {}

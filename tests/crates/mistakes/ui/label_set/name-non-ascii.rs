use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    größe: &'a str,
}

fn main() {}

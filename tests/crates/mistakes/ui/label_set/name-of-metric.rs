use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    __name__: &'a str,
}

fn main() {}

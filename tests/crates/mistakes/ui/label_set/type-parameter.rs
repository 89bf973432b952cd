use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<T> {
    outcome: T,
}

fn main() {}

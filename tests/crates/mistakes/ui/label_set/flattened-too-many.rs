use measurand::LabelSet;

#[derive(LabelSet)]
struct Parts {
    part_a: u8,
    part_b: u8,
    part_c: u8,
    part_d: u8,
    part_e: u8,
    part_f: u8,
    part_g: u8,
    part_h: u8,
    part_i: u8,
    part_j: u8,
    part_k: u8,
    part_l: u8,
    part_m: u8,
    part_n: u8,
    part_o: u8,
    part_p: u8,
    part_q: u8,
    part_r: u8,
    part_s: u8,
    part_t: u8,
    part_u: u8,
    part_v: u8,
    part_w: u8,
    part_x: u8,
}

#[derive(LabelSet)]
struct Call<'a> {
    tenant: &'a str,
    #[label(flatten)]
    parts: Parts,
}

fn main() {}

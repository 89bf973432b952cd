//! Bucket indices and bounds of native histograms, from the bits of a float and a table.
//!
//! Bucket `i` of schema `s` ends at 2^(`i` / 2^`s`), inclusive. The bounds of a schema are every
//! other bound of the next finer one, so a value is looked up in the finest schema, and its index
//! there is rounded up.

/// The finest schema: 256 buckets between two powers of two.
pub(crate) const FINEST: i8 = 8;

/// The coarsest schema: a bucket spans 16 powers of two.
pub(crate) const COARSEST: i8 = -4;

/// The number of bounds of the finest schema from one power of two to the next.
const FINE: usize = 1 << FINEST;

/// The number of bits of a float's fraction.
const FRACTION: u32 = 52;

/// The bits of +Inf.
const INFINITE: u64 = f64::INFINITY.to_bits();

/// The index of infinity in the finest schema. Rounded up, it is after the last finite one in every
/// schema.
const AFTER_ALL: i32 = (1_024 << FINEST) + 1;

/// The fractions of the floats nearest to 2^(`i` / 256), for all 256, and a last entry above every
/// fraction. A test checks that they are the nearest.
#[rustfmt::skip]
static BOUNDS: [u64; FINE + 1] = [
    0x0_0000_0000_0000, 0x0_0b1a_fa5a_bcbf, 0x0_163d_a9fb_3335, 0x0_2168_143b_0281,
    0x0_2c9a_3e77_8061, 0x0_37d4_2e11_bbcc, 0x0_4315_e86e_7f85, 0x0_4e5f_72f6_54b1,
    0x0_59b0_d315_8574, 0x0_650a_0e3c_1f89, 0x0_706b_29dd_f6de, 0x0_7bd4_2b72_a836,
    0x0_8745_1875_9bc8, 0x0_92bd_f666_07e0, 0x0_9e3e_cac6_f383, 0x0_a9c7_9b1f_3919,
    0x0_b558_6cf9_890f, 0x0_c0f1_45e4_6c85, 0x0_cc92_2b72_47f7, 0x0_d83b_2339_5dec,
    0x0_e3ec_32d3_d1a2, 0x0_efa5_5fdf_a9c5, 0x0_fb66_affe_d31b, 0x1_0730_28d7_233e,
    0x1_1301_d012_5b51, 0x1_1edb_ab5e_2ab6, 0x1_2abd_c06c_31cc, 0x1_36a8_14f2_04ab,
    0x1_429a_aea9_2de0, 0x1_4e95_934f_312e, 0x1_5a98_c8a5_8e51, 0x1_66a4_5471_c3c2,
    0x1_72b8_3c7d_517b, 0x1_7ed4_8695_bbc0, 0x1_8af9_388c_8dea, 0x1_9726_5837_5d2f,
    0x1_a35b_eb6f_cb75, 0x1_af99_f813_8a1c, 0x1_bbe0_8404_5cd4, 0x1_c82f_9528_1c6b,
    0x1_d487_3168_b9aa, 0x1_e0e7_5eb4_4027, 0x1_ed50_22fc_d91d, 0x1_f9c1_8438_ce4d,
    0x2_063b_8862_8cd6, 0x2_12be_3578_a819, 0x2_1f49_917d_dc96, 0x2_2bdd_a279_12d1,
    0x2_387a_6e75_6238, 0x2_451f_fb82_140a, 0x2_51ce_4fb2_a63f, 0x2_5e85_711e_ce75,
    0x2_6b45_65e2_7cdd, 0x2_780e_341d_df29, 0x2_84df_e1f5_6381, 0x2_91ba_7591_bb70,
    0x2_9e9d_f51f_dee1, 0x2_ab8a_66d1_0f13, 0x2_b87f_d0da_d990, 0x2_c57e_3977_1b2f,
    0x2_d285_a6e4_030b, 0x2_df96_1f64_1589, 0x2_ecaf_a93e_2f56, 0x2_f9d2_4abd_886b,
    0x3_06fe_0a31_b715, 0x3_1432_edee_b2fd, 0x3_2170_fc4c_d831, 0x3_2eb8_3ba8_ea32,
    0x3_3c08_b264_16ff, 0x3_4962_66e3_fa2d, 0x3_56c5_5f92_9ff1, 0x3_6431_a2de_883b,
    0x3_71a7_373a_a9cb, 0x3_7f26_231e_754a, 0x3_8cae_6d05_d866, 0x3_9a40_1b71_40ef,
    0x3_a7db_34e5_9ff7, 0x3_b57f_bfec_6cf4, 0x3_c32d_c313_a8e5, 0x3_d0e5_44ed_e173,
    0x3_dea6_4c12_3422, 0x3_ec70_df1c_5175, 0x3_fa45_04ac_801c, 0x4_0822_c367_a024,
    0x4_160a_21f7_2e2a, 0x4_23fb_2709_468a, 0x4_31f5_d950_a897, 0x4_3ffa_3f84_b9d4,
    0x4_4e08_6061_892d, 0x4_5c20_42a7_d232, 0x4_6a41_ed1d_0057, 0x4_786d_668b_3237,
    0x4_86a2_b5c1_3cd0, 0x4_94e1_e192_aed2, 0x4_a32a_f0d7_d3de, 0x4_b17d_ea6d_b7d7,
    0x4_bfda_d536_2a27, 0x4_ce41_b817_c114, 0x4_dcb2_99fd_dd0d, 0x4_eb2d_81d8_abff,
    0x4_f9b2_769d_2ca7, 0x5_0841_7f45_31ee, 0x5_16da_a2cf_6642, 0x5_257d_e83f_4eef,
    0x5_342b_569d_4f82, 0x5_42e2_f4f6_ad27, 0x5_51a4_ca5d_920f, 0x5_6070_dde9_10d2,
    0x5_6f47_36b5_27da, 0x5_7e27_dbe2_c4cf, 0x5_8d12_d497_c7fd, 0x5_9c08_27ff_07cc,
    0x5_ab07_dd48_5429, 0x5_ba11_fba8_7a03, 0x5_c926_8a59_46b7, 0x5_d845_9099_8b93,
    0x5_e76f_15ad_2148, 0x5_f6a3_20dc_eb71, 0x6_05e1_b976_dc09, 0x6_152a_e6cd_f6f4,
    0x6_247e_b03a_5585, 0x6_33dd_1d19_29fd, 0x6_4346_34cc_c320, 0x6_52b9_febc_8fb7,
    0x6_6238_8255_2225, 0x6_71c1_c708_33f6, 0x6_8155_d44c_a973, 0x6_90f4_b19e_9538,
    0x6_a09e_667f_3bcd, 0x6_b052_fa75_173e, 0x6_c012_750b_dabf, 0x6_cfdc_ddd4_7645,
    0x6_dfb2_3c65_1a2f, 0x6_ef92_9859_3ae5, 0x6_ff7d_f951_9484, 0x7_0f74_66f4_2e87,
    0x7_1f75_e8ec_5f74, 0x7_2f82_86ea_d08a, 0x7_3f9a_48a5_8174, 0x7_4fbd_35d7_cbfd,
    0x7_5feb_5642_67c9, 0x7_7024_b1ab_6e09, 0x7_8069_4fde_5d3f, 0x7_90b9_38ac_1cf6,
    0x7_a114_73eb_0187, 0x7_b17b_0976_cfdb, 0x7_c1ed_0130_c132, 0x7_d26a_62ff_86f0,
    0x7_e2f3_36cf_4e62, 0x7_f387_8491_c491, 0x8_0427_543e_1a12, 0x8_14d2_add1_06d9,
    0x8_2589_994c_ce13, 0x8_364c_1eb9_41f7, 0x8_471a_4623_c7ad, 0x8_57f4_179f_5b21,
    0x8_68d9_9b44_92ed, 0x8_79ca_d931_a436, 0x8_8ac7_d98a_6699, 0x8_9bd0_a478_580f,
    0x8_ace5_422a_a0db, 0x8_be05_bad6_1778, 0x8_cf32_16b5_448c, 0x8_e06a_5e08_66d9,
    0x8_f1ae_9915_7736, 0x9_02fe_d028_2c8a, 0x9_145b_0b91_ffc6, 0x9_25c3_53aa_2fe2,
    0x9_3737_b0cd_c5e5, 0x9_48b8_2b5f_98e5, 0x9_5a44_cbc8_520f, 0x9_6bdd_9a76_70b3,
    0x9_7d82_9fde_4e50, 0x9_8f33_e47a_22a2, 0x9_a0f1_70ca_07ba, 0x9_b2bb_4d53_fe0d,
    0x9_c491_82a3_f090, 0x9_d674_194b_b8d5, 0x9_e863_19e3_2323, 0x9_fa5e_8d07_f29e,
    0xa_0c66_7b5d_e565, 0xa_1e7a_ed8e_b8bb, 0xa_309b_ec4a_2d33, 0xa_42c9_8046_0ad8,
    0xa_5503_b23e_255d, 0xa_674a_8af4_6052, 0xa_799e_1330_b358, 0xa_8bfe_53c1_2e59,
    0xa_9e6b_5579_fdbf, 0xa_b0e5_2135_6eba, 0xa_c36b_bfd3_f37a, 0xa_d5ff_3a3c_2774,
    0xa_e89f_995a_d3ad, 0xa_fb4c_e622_f2ff, 0xb_0e07_298d_b666, 0xb_20ce_6c9a_8952,
    0xb_33a2_b84f_15fb, 0xb_4684_15b7_49b1, 0xb_5972_8de5_593a, 0xb_6c6e_29f1_c52a,
    0xb_7f76_f2fb_5e47, 0xb_928c_f227_49e4, 0xb_a5b0_30a1_064a, 0xb_b8e0_b79a_6f1f,
    0xb_cc1e_904b_c1d2, 0xb_df69_c3f3_a207, 0xb_f2c2_5bd7_1e09, 0xc_0628_6141_b33d,
    0xc_199b_dd85_529c, 0xc_2d1c_d9fa_652c, 0xc_40ab_5fff_d07a, 0xc_5447_78fa_fb22,
    0xc_67f1_2e57_d14b, 0xc_7ba8_8988_c933, 0xc_8f6d_9406_e7b5, 0xc_a340_5751_c4db,
    0xc_b720_dcef_9069, 0xc_cb0f_2e6d_1675, 0xc_df0b_555d_c3fa, 0xc_f315_5b5b_ab74,
    0xd_072d_4a07_897c, 0xd_1b53_2b08_c968, 0xd_2f87_080d_89f2, 0xd_43c8_eaca_a1d6,
    0xd_5818_dcfb_a487, 0xd_6c76_e862_e6d3, 0xd_80e3_16c9_8398, 0xd_955d_71ff_6075,
    0xd_a9e6_03db_3285, 0xd_be7c_d63a_8315, 0xd_d321_f301_b460, 0xd_e7d5_641c_0658,
    0xd_fc97_337b_9b5f, 0xe_1167_6b19_7d17, 0xe_2646_14f5_a129, 0xe_3b33_3b16_ee12,
    0xe_502e_e78b_3ff6, 0xe_6539_2467_6d76, 0xe_7a51_fbc7_4c83, 0xe_8f79_77cd_b740,
    0xe_a4af_a2a4_90da, 0xe_b9f4_867c_ca6e, 0xe_cf48_2d8e_67f1, 0xe_e4aa_a218_8510,
    0xe_fa1b_ee61_5a27, 0xf_0f9c_1cb6_412a, 0xf_252b_376b_ba97, 0xf_3ac9_48dd_7274,
    0xf_5076_5b6e_4540, 0xf_6632_7988_44f8, 0xf_7bfd_ad9c_be14, 0xf_91d8_0224_3c89,
    0xf_a7c1_819e_90d8, 0xf_bdba_3692_d514, 0xf_d3c2_2b8f_71f1, 0xf_e9d9_6b2a_23d9,
    1 << FRACTION,
];

/// The logarithm of the number of parts of the fractions, chosen so that no part has more than one
/// bound inside.
const PARTS_LOG: u32 = 9;

/// The number of bounds below each part.
static BELOW: [u16; 1 << PARTS_LOG] = {
    let mut below = [0; 1 << PARTS_LOG];
    let (mut part, mut bound) = (0, 0);
    while part < below.len() {
        while BOUNDS[bound] < (part as u64) << (FRACTION - PARTS_LOG) {
            bound += 1;
        }
        below[part] = bound as u16;
        part += 1;
    }
    below
};

/// Returns the index in the finest schema of a float that is neither 0 nor NaN, given its bits
/// without the sign.
#[inline]
pub(super) fn fine_index(bits: u64) -> i32 {
    if bits >= INFINITE {
        return AFTER_ALL;
    }
    // The power of two, and the digits after the leading one.
    let (exponent, fraction) = match bits >> FRACTION {
        0 => subnormal_parts(bits),
        biased => (biased as i32 - 1_023, bits & ((1 << FRACTION) - 1)),
    };
    let (below, bound) = nearest_bound(fraction);
    (exponent << FINEST) + below + i32::from(bound < fraction)
}

/// Returns the number of bounds that are surely below a fraction, and the next bound.
#[inline]
fn nearest_bound(fraction: u64) -> (i32, u64) {
    let below = BELOW[(fraction >> (FRACTION - PARTS_LOG)) as usize];
    (i32::from(below), BOUNDS[usize::from(below)])
}

/// The largest distance, in floats, between the quotient of a value and the product that
/// approximates it.
pub(super) const NEAR: u64 = 4;

/// Returns the index in the finest schema of any float that is [`NEAR`] to this one, or `None` if
/// they have different indices. The float must not be near to the smallest or largest ones.
#[inline]
pub(super) fn fine_index_if_sure(bits: u64) -> Option<i32> {
    let (biased, fraction) = (bits >> FRACTION, bits & ((1 << FRACTION) - 1));
    let (below, bound) = nearest_bound(fraction);
    let is_sure = bound.abs_diff(fraction) > NEAR;
    is_sure.then(|| ((biased as i32 - 1_023) << FINEST) + below + i32::from(bound < fraction))
}

/// Checks that no bound ends a part so closely that a fraction of the next part would be near to
/// it.
const _: () = {
    let mut i = 0;
    while i < FINE {
        let inside = BOUNDS[i] & ((1 << (FRACTION - PARTS_LOG)) - 1);
        assert!(inside < (1 << (FRACTION - PARTS_LOG)) - NEAR);
        i += 1;
    }
};

/// Returns the exponent and the fraction as if smaller exponents existed.
#[cold]
fn subnormal_parts(bits: u64) -> (i32, u64) {
    let missing = bits.leading_zeros() as i32 - 11;
    let shifted = bits.checked_shl(missing as u32).unwrap_or(0);
    (-1_022 - missing, shifted & ((1 << FRACTION) - 1))
}

/// Returns the index of a bucket in a schema that is coarser by `halvings`.
#[inline]
pub(super) const fn coarser(index: i32, halvings: u32) -> i32 {
    (index + (1 << halvings) - 1) >> halvings
}

/// Returns the upper bound of a bucket, which is the largest float in it.
///
/// That of the last finite bucket is [`f64::MAX`], since its bound is not a float, and that of the
/// bucket after it is infinite.
pub(crate) const fn upper_bound(schema: i8, index: i32) -> f64 {
    let halvings = (FINEST - schema) as u32;
    // The same bound in the finest schema.
    let fine = (index as i64) << halvings;
    let (exponent, part) = (fine >> FINEST, (fine & (FINE as i64 - 1)) as usize);
    if exponent > 1_024 || exponent == 1_024 && part > 0 {
        return f64::INFINITY;
    }
    if exponent == 1_024 {
        return f64::MAX;
    }
    let fraction = BOUNDS[part];
    if exponent >= -1_022 {
        return f64::from_bits((((exponent + 1_023) as u64) << FRACTION) | fraction);
    }
    // The digits that are cut off would lie above the largest float in the bucket.
    let missing = -1_022 - exponent;
    if missing > FRACTION as i64 {
        return 0.0;
    }
    f64::from_bits((fraction | 1 << FRACTION) >> missing)
}

//! The curve of families 00 and 01, by abscissas alone: section 1 of the curve specification.
//!
//! y² = x³ - x + b over the field of p = 2^160 - 47. Its order and that of its twist are primes, so that no abscissa, wherever it is from,
//! gives a part of a secret away. All that touches a secret takes the same time whatever the secret is.
use crypto_bigint::U192;
use crypto_bigint::modular::{ConstMontyForm, ConstMontyParams};
use subtle::{Choice, ConditionallySelectable};
use zeroize::Zeroize;

crypto_bigint::const_monty_params!(P, U192, "00000000ffffffffffffffffffffffffffffffffffffffd1");
type Element = ConstMontyForm<P, { U192::LIMBS }>;

/// A number of at most 160 bits, little-endian. The order of the curve is above 2^160.
pub(crate) type Scalar = [u8; 20];

/// The abscissa of a point of the curve or of its twist; never 0.
#[derive(Clone, Copy)]
pub(crate) struct Abscissa(Element);

impl Abscissa {
    /// Of the generator.
    pub(crate) const GENERATOR: Self =
        Self(Element::new(&U192::from_be_hex("000000007d2ed8e2846e58d74a7a613285471707a39d0c8e")));

    /// As a peer sends it: `None` for 0, and for what is not below p.
    pub(crate) fn read(octets: &[u8; 20]) -> Option<Self> {
        let number = number(octets);
        if number < *P::PARAMS.modulus().as_ref() { Self::of(&number) } else { None }
    }
    /// Of a public key, whose number is taken modulo p. `None` for 0.
    pub(crate) fn reduced(octets: &[u8; 20]) -> Option<Self> {
        Self::of(&number(octets))
    }
    fn of(number: &U192) -> Option<Self> {
        let x = Element::new(number);
        (x != Element::ZERO).then_some(Self(x))
    }
    /// 20 octets, little-endian.
    pub(crate) fn octets(&self) -> [u8; 20] {
        let octets = self.0.retrieve().to_le_bytes();
        core::array::from_fn(|i| octets[i])
    }
    /// Is it of the curve, and not of the twist? By Euler's criterion: x³ - x + b is 0 or a square.
    pub(crate) fn on_curve(&self) -> bool {
        let x = self.0;
        let right = x.square() * x - x + B;
        right.jacobi_symbol_vartime() as i8 >= 0
    }
    /// The abscissa of `scalar` times the point, by Montgomery's ladder. `None` if that is the point at infinity, or has abscissa 0.
    pub(crate) fn times(&self, scalar: &Scalar) -> Option<Self> {
        let (mut low, mut high) =
            (Point { x: Element::ONE, z: Element::ZERO }, Point { x: self.0, z: Element::ONE });
        let mut swapped = Choice::from(0);
        for octet in scalar.iter().rev() {
            for bit in (0..8).rev() {
                let bit = Choice::from(octet >> bit & 1);
                Point::swap(&mut low, &mut high, bit ^ swapped);
                swapped = bit;
                high = low.plus(&high, self.0);
                low = low.doubled();
            }
        }
        Point::swap(&mut low, &mut high, swapped);
        // An inverse of 0 is none, and stands for 0 here.
        let result = low.x * low.z.invert().unwrap_or(Element::ZERO);
        low.zeroize();
        high.zeroize();
        (result != Element::ZERO).then_some(Self(result))
    }
}

impl Zeroize for Abscissa {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// X / Z is the abscissa; Z is 0 at infinity.
struct Point {
    x: Element,
    z: Element,
}

impl Point {
    fn doubled(&self) -> Self {
        let (s, t, m) = (self.x.square(), self.z.square(), self.x * self.z);
        let z = m * (s - t) + B * t.square();
        Self { x: (s + t).square() - B8 * m * t, z: z.double().double() }
    }
    /// The sum; `difference` is the abscissa of the difference.
    fn plus(&self, other: &Self, difference: Element) -> Self {
        let (a, b) = (self.x * other.x, self.z * other.z);
        let (c, d) = (self.x * other.z, other.x * self.z);
        Self { x: (a + b).square() - B4 * b * (c + d), z: difference * (c - d).square() }
    }
    fn swap(a: &mut Self, b: &mut Self, choice: Choice) {
        Element::conditional_swap(&mut a.x, &mut b.x, choice);
        Element::conditional_swap(&mut a.z, &mut b.z, choice);
    }
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.z.zeroize();
    }
}

fn number(octets: &[u8; 20]) -> U192 {
    let mut wide = [0; 24];
    wide.iter_mut().zip(octets).for_each(|(to, from)| *to = *from);
    let number = U192::from_le_slice(&wide);
    wide.zeroize();
    number
}

const B: Element = Element::new(&U192::from_be_hex("00000000fdec56a0f1a148a7ca6f04463a24f5f56c3f3a4f"));
const B4: Element = B.double().double();
const B8: Element = B4.double();

#[cfg(test)]
mod tests {
    use super::*;

    fn small(number: u8) -> Scalar {
        core::array::from_fn(|i| if i == 0 { number } else { 0 })
    }

    #[test]
    fn multiples_agree_with_each_other() {
        let g = Abscissa::GENERATOR;
        assert!(g.on_curve());
        assert!(g.times(&small(0)).is_none());
        assert_eq!(g.times(&small(1)).unwrap().octets(), g.octets());
        let six = g.times(&small(6)).unwrap();
        assert_eq!(g.times(&small(2)).unwrap().times(&small(3)).unwrap().octets(), six.octets());
        assert!(six.on_curve());
    }

    /// s G and (n - s) G are each other's negative, and of one abscissa.
    #[test]
    fn the_order_is_that_of_the_specification() {
        let n = U192::from_be_hex("0000000100000000000000000000f368cda5cdb2ebfc69c7");
        let far = n.wrapping_sub(&U192::from_be_hex("000000000000000000000001000000000000000000000000"));
        let near = U192::from_be_hex("000000000000000000000001000000000000000000000000");
        let scalar = |number: U192| -> Scalar { number.to_le_bytes().as_ref()[..20].try_into().unwrap() };
        let [far, near] = [far, near].map(|s| Abscissa::GENERATOR.times(&scalar(s)).unwrap().octets());
        assert_eq!(far, near);
    }

    #[test]
    fn what_is_no_abscissa_is_not_read() {
        let p_less_one = core::array::from_fn(|i| if i == 0 { 0xd0 } else { 0xff });
        let p = core::array::from_fn(|i| if i == 0 { 0xd1 } else { 0xff });
        assert!(Abscissa::read(&[0; 20]).is_none());
        assert!(Abscissa::read(&p_less_one).is_some());
        assert!(Abscissa::read(&p).is_none());
        assert!(Abscissa::reduced(&p).is_none());
        assert_eq!(Abscissa::reduced(&[0xff; 20]).unwrap().octets(), small(46));
    }
}

//! What a CPU says of itself: names, order number, firmware.
use core::fmt;
use core::str::FromStr;

/// A firmware version, as the firmware record of list 0011 shows it: `V3.2.6`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Firmware(pub [u8; 3]);

/// What a CPU says of itself. Change what you like: the fields are public, and each has a method of its name to chain.
///
/// ```
/// use hepta_plc::{Identity, Profile};
/// let mut profile = Profile::s7_1500();
/// profile.identity = profile.identity.station("Filler 3").plant("Hall 7").serial("S C-HEPTA0042");
/// ```
///
/// Texts longer than their field are cut. Serial numbers that come with the profiles are fictional and say so.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Identity {
    /// Order number of module and basic hardware, 20 characters.
    pub order: String,
    /// Version of the hardware: the two last numbers of records 1 and 6.
    pub hardware: [u16; 2],
    /// Version of the firmware.
    pub firmware: Firmware,
    /// Name of the station, 24 characters.
    pub station: String,
    /// Name of the module, 24 characters.
    pub module: String,
    /// Plant identification, 32 characters.
    pub plant: String,
    /// Copyright, 26 characters.
    pub copyright: String,
    /// Serial number, 24 characters.
    pub serial: String,
    /// Type of the CPU, 32 characters.
    pub cpu: String,
    /// Serial number of the memory card, 32 characters.
    pub card: String,
    /// Location, 32 characters.
    pub location: String,
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        impl Identity {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(mut self, text: impl Into<String>) -> Self {
                self.$name = text.into();
                self
            })*
        }
    };
}

texts! {
    /// Sets the order number.
    order,
    /// Sets the name of the station.
    station,
    /// Sets the name of the module.
    module,
    /// Sets the plant identification.
    plant,
    /// Sets the copyright.
    copyright,
    /// Sets the serial number.
    serial,
    /// Sets the type of the CPU.
    cpu,
    /// Sets the serial number of the memory card.
    card,
    /// Sets the location.
    location,
}

impl Identity {
    /// That CPU, with fictional serial numbers.
    pub fn new(order: &str, cpu: &str, firmware: Firmware) -> Self {
        Self {
            order: order.into(),
            hardware: [4, 1],
            firmware,
            station: "HEPTA".into(),
            module: cpu.into(),
            plant: String::new(),
            copyright: "Emulated by hepta".into(),
            serial: "S C-HEPTA0001".into(),
            cpu: cpu.into(),
            card: "MMC HEPTA0001".into(),
            location: String::new(),
        }
    }
    /// What a session of S7CommPlus is told first (attribute 319): `1;6ES7 511-1AK02-0AB0 ;V2.9`. Clients choose by it how
    /// they log on, so it says the same as the lists of the classic protocol.
    ///
    /// ```
    /// use hepta_plc::Profile;
    /// let profile: Profile = "s7-1500@2.9".parse()?;
    /// assert_eq!(profile.identity.session_version(), "1;6ES7 511-1AK02-0AB0 ;V2.9");
    /// # Ok::<(), hepta_plc::UnknownProfile>(())
    /// ```
    pub fn session_version(&self) -> String {
        let [major, minor, _] = self.firmware.0;
        format!("1;{} ;V{major}.{minor}", self.order)
    }
    /// Sets the firmware version.
    #[must_use]
    pub fn firmware(mut self, firmware: Firmware) -> Self {
        self.firmware = firmware;
        self
    }
}

impl fmt::Display for Firmware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.0;
        write!(f, "{a}.{b}.{c}")
    }
}

/// One to three numbers, a `V` in front or not; what is left out is 0.
impl FromStr for Firmware {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.strip_prefix(['V', 'v']).unwrap_or(text).split('.');
        let mut firmware = [0; 3];
        for (place, i) in firmware.iter_mut().zip(0..) {
            match parts.next() {
                Some(part) => *place = part.parse().map_err(drop)?,
                None if i > 0 => {}
                None => return Err(()),
            }
        }
        parts.next().map_or(Ok(Self(firmware)), |_| Err(()))
    }
}

//! The methods of both clients, written once: they differ in `async`, `mut` and `.await` alone.

macro_rules! calls {
    ([$($async:ident)?] [$($mut:ident)?] [$($wait:tt)*] $classic:ty, $plus:ty) => {
        /// Connects to `s7://...`, `s7plus://...` or a bare `host[:port]`.
        pub $($async)? fn connect(text: &str) -> Result<Self, ConnectError> {
            Ok(Self::open(text.parse::<Options>()?)$($wait)*?)
        }
        /// Connects with these options.
        pub $($async)? fn open(options: impl Into<Options>) -> Result<Self, Error> {
            let options: Options = options.into();
            let (text, way, names) = (options.plus.text, options.way, options.names());
            let of_classic = |why| Chosen { protocol: Protocol::Classic, security: Security::Open, why };
            let of_plus = |security, why| Chosen { protocol: Protocol::Plus, security, why };
            if way == Way::Classic {
                let $($mut)? client = <$classic>::new(options.classic());
                options.check().map_err(|e| client.mistake(Attempt::Connect, e))?;
                client.connect()$($wait)*?;
                let text = options.classic.text;
                return Ok(Self { chosen: of_classic(Why::Asked), client: Client::Classic(client), text, names });
            }
            let $($mut)? client = <$plus>::new(options.plus());
            let refused = match client.connect()$($wait)* {
                Ok(()) => {
                    let security = client.facts()$($wait)*?.security;
                    let why = if way == Way::Plus { Why::Asked } else { Why::Spoken };
                    return Ok(Self { chosen: of_plus(security, why), client: Client::Plus(client), text, names });
                }
                Err(error) => error,
            };
            // What was chosen for TLS, or is to be given by it, must not be lost below it.
            if way == Way::Plus || options.plus().insists() || !has_no_plus(&refused, client.confirmed()) {
                return Err(if way == Way::Plus { refused } else { refused.choosing() });
            }
            let $($mut)? client = <$classic>::new(options.classic());
            client.connect()$($wait)*?;
            Ok(Self { chosen: of_classic(Why::Refused(refused)), client: Client::Classic(client), text, names })
        }

        /// Values, as few requests as they fit into, each with its own result, in the caller's order. What the protocol cannot ask
        /// for is the result of its item, too. Names are looked up in the program, which is browsed for it once, or in what
        /// [`Options::symbols`](super::Options) was given; a whole struct or array has a name, too.
        pub $($async)? fn read(
            &$($mut)? self,
            addresses: &[Address],
        ) -> Result<Vec<Result<Value, ItemError>>, Error> {
            let text = self.text;
            match &$($mut)? self.client {
                Client::Classic(client) => {
                    let places = self.names.places(addresses);
                    let asked = items::classic(&places);
                    let values = client.read_values(&asked.items)$($wait)*?;
                    Ok(asked.join(values.into_iter().map(|value| value.map_err(ItemError::from))))
                }
                Client::Plus(client) => {
                    let asked = items::plus(addresses);
                    let (known, paths): (Vec<_>, Vec<_>) = asked.items.iter().cloned().unzip();
                    let answers = if paths.is_empty() { Vec::new() } else { client.read(&paths)$($wait)*? };
                    let values = known.into_iter().zip(answers);
                    let value = |(address, answer)| tags::value(address, &answer, text).map_err(ItemError::from);
                    let mut values = asked.join(values.map(value));
                    let symbols = Symbols::of(addresses.iter());
                    if !symbols.names.is_empty() {
                        let retype = |tags: &mut crate::plus::Tags| symbols.retype(tags);
                        let readings = client.read_as(&symbols.names, &retype)$($wait)*?;
                        for (at, reading) in symbols.places.iter().copied().zip(readings) {
                            if let Some(place) = values.get_mut(at) {
                                *place = reading.value.map_err(ItemError::from);
                            }
                        }
                    }
                    Ok(values)
                }
            }
        }
        /// The type of each variable, in the caller's order: what was written behind the address or, of a name, what the program or
        /// the imported sources say. `None`: of an access path without a type only its value tells.
        pub $($async)? fn types(
            &$($mut)? self,
            addresses: &[Address],
        ) -> Result<Vec<Result<Option<Type>, ItemError>>, Error> {
            match &$($mut)? self.client {
                Client::Classic(_) => {
                    let places = self.names.places(addresses);
                    Ok(places.into_iter().map(|place| place.map(|address| items::said(&address))).collect())
                }
                Client::Plus(client) => {
                    let mut types: Vec<_> = addresses.iter().map(|address| Ok(items::said(address))).collect();
                    let symbols = Symbols::of(addresses.iter());
                    if !symbols.names.is_empty() {
                        let found = client.symbols(&symbols.names)$($wait)*?;
                        for (at, symbol) in symbols.places.into_iter().zip(found) {
                            match types.get_mut(at) {
                                Some(Ok(Some(_))) | None => {}
                                Some(place) => *place = items::told(symbol),
                            }
                        }
                    }
                    Ok(types)
                }
            }
        }
        /// Writes values in their order, and says what became of each. That single ones were refused is no error.
        ///
        /// All values are checked and encoded before anything is written. What the PLC has there is read first where that is needed
        /// to write it right: the maxima of texts, and the types of what has an access path. No write is ever sent twice.
        pub $($async)? fn write(&$($mut)? self, pairs: &[(Address, Value)]) -> Result<Vec<Outcome>, WriteError> {
            let text = self.text;
            match &$($mut)? self.client {
                Client::Classic(client) => {
                    let placed = self.names.pairs(pairs);
                    let written = items::classic_outcomes(client.write_values(&placed.pairs)$($wait)*);
                    placed.join(written)
                }
                Client::Plus(client) => {
                    let attempt = Attempt::WriteMany(pairs.len());
                    let nothing = |error| WriteError { outcomes: Vec::new(), error };
                    // The gate is the first to refuse: a client that may not write does not read for it either.
                    if !client.options().common.writes {
                        return Err(nothing(client.mistake(attempt, ConfigError::WriteGate)));
                    }
                    let symbols = Symbols::of(pairs.iter().map(|(address, _)| address));
                    let (places, plain) = items::without_names(pairs);
                    let asks = match Writes::asks(&plain, text) {
                        Ok(asks) => asks,
                        Err(e) => return Err(nothing(client.mistake(attempt, e.into()))),
                    };
                    let answers = if asks.is_empty() {
                        Vec::new()
                    } else {
                        client.read(&asks)$($wait)*.map_err(nothing)?
                    };
                    let writes = match Writes::new(&plain, text, &answers) {
                        Ok(writes) => writes.placed(&places),
                        Err(e) => return Err(nothing(client.mistake(attempt, e.into()))),
                    };
                    let mut writes = writes;
                    if !symbols.names.is_empty() {
                        let mut tags = client.tags(&symbols.names)$($wait)*.map_err(nothing)?;
                        symbols.retype(&mut tags);
                        if let Some(look) = tags.look(0..symbols.names.len()) {
                            client.look_at(&mut tags, look)$($wait)*.map_err(nothing)?;
                        }
                        let values: Vec<_> =
                            symbols.places.iter().filter_map(|at| pairs.get(*at)).map(|(_, value)| value).enumerate().collect();
                        writes = writes.with(tags.writes(&values).placed(&symbols.places));
                    }
                    let written = client.write(writes.items())$($wait)*;
                    items::plus_outcomes(pairs.len(), &writes, written)
                }
            }
        }
        /// The whole program by its names. An error where classic S7 is spoken, which knows none.
        pub $($async)? fn browse(&$($mut)? self, options: BrowseOptions) -> Result<Arc<Catalogue>, Error> {
            match &$($mut)? self.client {
                Client::Classic(client) => Err(client.mistake(Attempt::Browse, ConfigError::NoNames)),
                Client::Plus(client) => client.browse(options)$($wait)*,
            }
        }
        /// A variable by its name: `"My DB".motor[3].speed`. An error where classic S7 is spoken, which knows none.
        pub $($async)? fn symbol(&$($mut)? self, symbol: &str) -> Result<Symbol, Error> {
            match &$($mut)? self.client {
                Client::Classic(client) => Err(client.mistake(Attempt::Browse, ConfigError::NoNames)),
                Client::Plus(client) => client.symbol(symbol)$($wait)*,
            }
        }
        /// Many of them, each with its own result, in the caller's order.
        pub $($async)? fn symbols(
            &$($mut)? self,
            symbols: &[&str],
        ) -> Result<Vec<Result<Symbol, SymbolError>>, Error> {
            match &$($mut)? self.client {
                Client::Classic(client) => Err(client.mistake(Attempt::Browse, ConfigError::NoNames)),
                Client::Plus(client) => client.symbols(symbols)$($wait)*,
            }
        }
        /// Ends the connection politely, within a second. Later calls fail.
        pub $($async)? fn close(&$($mut)? self) {
            match &$($mut)? self.client {
                Client::Classic(client) => client.close()$($wait)*,
                Client::Plus(client) => client.close()$($wait)*,
            }
        }
        /// What it is doing. A peer that has closed is noticed here, too.
        pub fn state(&$($mut)? self) -> State {
            match &$($mut)? self.client {
                Client::Classic(client) => client.state(),
                Client::Plus(client) => client.state(),
            }
        }
        /// State changes and failed attempts from now on, also those that a retry heals.
        pub fn events(&self) -> Events {
            match &self.client {
                Client::Classic(client) => client.events(),
                Client::Plus(client) => client.events(),
            }
        }
        /// What is spoken, how it is protected, and why. A connection that is made anew speaks the same, and with TLS once there
        /// was TLS.
        pub const fn chosen(&self) -> &Chosen {
            &self.chosen
        }
        /// The client of S7CommPlus, for all that is S7CommPlus alone; `None` of classic S7.
        pub const fn plus(&$($mut)? self) -> Option<&$($mut)? $plus> {
            match &$($mut)? self.client {
                Client::Plus(client) => Some(client),
                Client::Classic(_) => None,
            }
        }
        /// The client of classic S7, for all that is classic alone; `None` of S7CommPlus.
        pub const fn classic(&$($mut)? self) -> Option<&$($mut)? $classic> {
            match &$($mut)? self.client {
                Client::Classic(client) => Some(client),
                Client::Plus(_) => None,
            }
        }
    };
}
pub(super) use calls;

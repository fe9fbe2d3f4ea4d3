//! The numbers of S7CommPlus that have names: what a PDU is, what it asks for, and what came of it.
//!
//! The names are those of the field's decoders. Ids of objects, classes and attributes stand in [`id`](super::id), sentences about
//! errors in [`outcome`](super::outcome).

crate::codes! {
    /// The first octet of a PDU.
    pub struct Opcode(u8) {
        Request = 0x31,
        Response = 0x32,
        Notification = 0x33,
        /// The short answer of an S7-1200 FW 2 to a request that wants none.
        Response2 = 0x02,
    }
}

crate::codes! {
    /// What is asked for.
    pub struct Function(u16) {
        Error = 0x04b1, Explore = 0x04bb, CreateObject = 0x04ca, DeleteObject = 0x04d4, SetVariable = 0x04f2,
        GetVariable = 0x04fc, AddLink = 0x0506, RemoveLink = 0x051a, GetLink = 0x0524, Notify = 0x052e,
        SetMultiVariables = 0x0542, GetMultiVariables = 0x054c, BeginSequence = 0x0556, EndSequence = 0x0560,
        Invoke = 0x056b, SetVarSubStreamed = 0x057c, GetVarSubStreamed = 0x0586, GetVariablesAddress = 0x0590,
        Abort = 0x059a, Error2 = 0x05a9, InitSSL = 0x05b3,
    }
}

/// Which of a client's two counters an integrity id is taken from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Counter {
    /// Of what only looks.
    Read,
    /// Of what changes something. `CreateObject` and setup of the session count although they carry no id, so the first one
    /// sent is 3, where the first of the other counter is 1.
    Write,
}

impl Function {
    /// The counter its requests take part in: that of reads, unless it is known to write. `None` where there are no requests, or
    /// only before the session.
    pub const fn counter(self) -> Option<Counter> {
        Some(match self {
            Self::CreateObject
            | Self::DeleteObject
            | Self::SetVariable
            | Self::SetMultiVariables
            | Self::SetVarSubStreamed => Counter::Write,
            Self::InitSSL | Self::Error | Self::Error2 | Self::Notify => return None,
            _ => Counter::Read,
        })
    }
}

crate::codes! {
    /// The error code of a [`ReturnValue`](super::outcome::ReturnValue), also in lists of refused items: 0 is success, above it
    /// stand news and warnings, below it errors.
    pub struct ErrorCode(i16) in decimal {
        Ok = 0, MessageTypeCreated = 1, MessageLinkEnd = 2, MessageValueUnchanged = 3,
        MessageSetStructAttribute = 4, MessageResponseNeeded = 5, MessageAsyncCallPending = 6,
        MessageAssociationWrongSide = 7, MessageLockPending = 8, MessageAlreadyLocked = 9,
        WarningDefaultValue = 10, MessageCanMoveValue = 11, MessageLoadSucceeded = 12,
        MessageContentAlreadyMoved = 13, WarningStoreEmpty = 14, MessageValueSwapped = 15,
        MessageStoreActive = 16, MessageSessionPreLegitimated = 17, ServiceIgnored = 18,
        WarningServiceExecutedWithPartialError = 19, ServiceSubscriptionTooManyNotifies = 21,
        ServiceSessionDelegitimated = 22, EndOfFile = 23, ServiceSubscriptionDisabled = 24,
        ServiceLegitimatedForLevel2 = 25, ServiceLegitimatedForLevel3 = 26,
        ServiceMultiResponsePending = 27, Next_Messageblock = 28, Object_Skipped = 29,
        WarningDsCannotDistribute = 30, WarningDsContainerItemNotFound = 31,
        WarningDsPreconditionMissing = 32, ServiceLegitimatedForLevel1 = 33,
        WarningServiceTransactionAborted = 34, MessageBLOBreallocated = 35, MessageDirAlreadyExists = 36,
        MessageTemporarilyOutOfResources = 37, MessageLegitimLevelCurrentlyDisabled = 38,
        RescheduleHandler = 39, BlobEndReached = 40, WarningSingleES = 41, WarningMultiES = 42,
        WarningMultiESwithSWToken = 43, UnknownError = -1, InvalidValueType = -2, InvalidArgumentValue = -3,
        NotEnoughMemoryAvailable = -4, ErrorInSprintf = -5, InvalidSourceReferenceType = -6,
        InvalidDestinationReferenceType = -7, ReferencesAreNotConnected = -8,
        InvalidSourceReferenceType2 = -9, InvalidDestinationReferenceType2 = -10, InvalidFileHandle = -11,
        ObjectNotFound = -12, CardinalityOverflow = -13, ClassNotFound = -14,
        ClassNotSupportedFromClassFactory = -15, DuplicateNameInCurrentHierarchy = -16, InvalidCRC = -17,
        CanNotDeliver = -18, Invalid_namespace_ID = -19, StreamIsCurrentlyUsed = -20,
        ReadingDataError = -21, NoMoreDataAvailable = -22, WritingDataError = -23, InvalidID = -24,
        InvalidTypeID = -25, UnknownStartTag = -26, UnexpectedEndTag = -27, UnexpectedFragType = -28,
        ObjectExistsWithSameID = -29, InvalidRID = -30, InvalidAID = -32, BadCast = -33,
        UnexpectedToken = -34, NumericOverflow = -35, NumericUnderflow = -36, UnexpectedAttribute = -37,
        ClassNotAllowed = -38, FilenameExcedRange = -39, DirectoryNotFound = -40, ReadOnlyProperty = -41,
        M_N_AssocNotSupported = -42, CreateChildObjectWithinCreateChildObject = -43,
        NoSeparateLoadMemoryFileAllowed = -44, CannotCreateAbstractObject = -45,
        ObjectIsNotInstantiable = -46, InvalidMetaType = -47, LinkNotFound = -48,
        StringMustHaveHexCharacters_only = -49, ReadOnlyObject = -50, ObjectIsLocked = -51,
        DuplicateLink = -52, BufferOverflow = -53, NoFreeRID = -54, InvalidComposition = -55,
        VariableIsSpecificOnly = -56, VariableTypeNotAllowed = -57, AsyncOnly = -58,
        LinkInterfaceNotFound = -59, DuplicateRID = -60, InvalidValueRange = -61,
        AssociationNotQualified = -62, AssociationNotFound = -63, ObjectAllreadyInAssociation = -64,
        IteratorInterfaceNotFound = -65, HashIndexNotFound = -66, InvalidRoot = -67,
        QualifierNotFound = -68, QualifierNotSync = -69, InvalidAssociation = -70, HierarchyOverflow = -71,
        ElementIsTransistent = -72, AsyncButCallbackInterfaceNotFound = -73, CompositionNotAllowed = -74,
        ValueTimeout = -75, CannotDeleteNativeObject = -76, ObjectFactoryNotfound = -77,
        AllocatorNotFound = -78, NoProxyObjectAllowed = -79, DuplicateAID = -80, AIDAlreadySet = -81,
        OCBAlreadyUsed = -82, ValueNotMoveable = -84, StructOnlyInDetailsAccessible = -85,
        NoDeleteAllowed = -86, OCBMissing = -87, InfoNotAvailable = -88, DataIsReferenced = -89,
        ObjectIsMarkedForDeletetion = -90, ObjectIsPassive = -91, ObjectIsActive = -92,
        ObjectAllreadyInTree = -93, ObjectIsNotPassive = -94, NotImplemented = -95,
        InvalidObjectWithQualifier = -96, VariableWithQualifier = -97, NotPersistent = -98,
        PersistenceNotAvailable = -99, ServiceAccessDenied = -100, ServiceActivateFailed = -101,
        ServiceDisconnected = -102, ServiceFailedToDisconnect = -103, ServiceInvalidAddress = -104,
        ServiceInvalidObject = -105, ServiceInvalidSession = -106, ServiceNotAllowed = -107,
        ServiceNotAvailable = -108, ServiceNotConnected = -109, ServiceNotOwner = -110,
        ServiceTimeout = -111, ServiceTooManyRequests = -112, ServiceTooManySessions = -113,
        ServiceCanNotCreateRequest = -114, ServiceUnexpectedResponse = -115, ServiceUnexpectedStream = -116,
        ServicePendingRequestNotFound = -117, ServiceUnknownRequest = -119,
        ServiceRequestParsingError = -120, ServiceObjectParsingError = -121,
        ServiceNotificationParsingError = -122, ServiceRequestSerializationError = -123,
        ServiceNotChangableInRun = -124, ServiceWrongNrOfArguments = -125,
        ServiceWrongArgumentFormat = -126, ServiceAsyncRMC_impossible = -127,
        ServiceTypeAlreadyExists = -128, ServiceObjectSerializationError = -129,
        ServiceUnknownComFormat = -130, ServiceSubscriptionPrepareSequenceError = -131,
        ServiceSubscriptionIsNotRunning = -132, ServiceNotChangableInErrorState = -133,
        ServiceMultiESNotSupported = -134, ServiceAborted = -135,
        ServiceCommFormatDiffersFromStoreFormat = -136, TreeWriteLocked = -150, WrongLockingStrategy = -151,
        LockingStrategyAlreadyInProgress = -152, LockingStrategyNotFound = -153, ExclusiveLocked = -154,
        LockingStrategyNotInProgress = -155, LockingStrategyAlreadyInQueue = -156, ChildLocked = -157,
        CallbackInterfaceIsMissing = -158, LockingCounterOverflow = -159, LockingCounterUnderflow = -160,
        WrongLockForDeletionObject = -161, TreeLockedAgainstDeletion = -162, LockingLoopOverflow = -163,
        LockForDeletion = -164, ExclusiveLockedAgainstDeletion = -165, ChildAlreadyLockedForDeletion = -166,
        ObjectNotLocked = -167, Tree_read_locked = -168, FileOpenError = -201, FileCloseError = -202,
        FileAlreadyOpen = -203, FileAlreadyClose = -204, InvalidOpenMode = -205, DirectoryReadError = -206,
        DirectoryCloseError = -207, DirectoryOpenError = -208, DirectoryCreateError = -209,
        FileInnerError = -210, NoFileName = -211, HasFileNameError = -212,
        AsyncFileInstanceInUseError = -213, MessageBlockInitError = -214, FileNotFound = -215,
        DirectoryAlreadyOpen = -216, DirectoryAlreadyClosed = -217, DirectoryRemoveError = -218,
        FileInvalidAccess = -219, NotInConsistency = -220, InvalidConsistencyID = -221,
        Start_timer_error = -222, StoreHasTransactionLock = -223, FileReadError = -225,
        FileWriteError = -226, FileUnlinkError = -227, StoreForceStore = -230, StoreInactive = -231,
        StoreWrongFormat = -232, StoreBadIndex = -233, SerializerReinitFailed = -234, ValueMissing = -235,
        StoreInvalidHandle = -236, StoreAlreadyExisting = -237, SourceFileNotExisting = -238,
        AsyncFileRunning = -239, StateInvalidCase = -240, FileInvalidFindState = -241,
        FileFindElement = -242, StoreHandlerNotFree = -243, StoreIsBusy = -244, StoreRefusedByBl = -245,
        NullPointer = -246, CallbackMissing = -247, AsyncCallFailed = -248,
        ConsistencyAsyncCallFailed = -249, WSTRING_not_supported = -250, StructNotAsBlobAccessible = -251,
        TypeInfoInvalidStructureType = -252, OnlyTypeInfoAllowed = -253, TypeInfoNotSet = -254,
        InvalidLID = -255, InvalidTypeInfoModificationTime = -256, ValueConversionNotPossible = -257,
        InvalidVersion = -258, InvalidTransactionState = -259, NotCreateableByTransaction = -260,
        CBT_Container_Needed = -261, DuplicateQualifierValue = -262, InvalidState = -263,
        StoreTransactionAlreadyRunning = -264, StoreTransactionNotRunning = -265, StoreNotExisting = -266,
        Object_has_been_deleted = -267, Invalid_thread_context = -268, StoreDefect = -269, NotOms = -270,
        VariableIsObsolete = -271, OffsetPublished = -272, TypeInfoHierarchyOverflow = -273,
        NoDataPtrAvailable = -274, NotAllowedForPersistentData = -275,
        PlainStructureNeedsClassicOffsets = -276, PlainStructureNeedsNenaOffsets = -277,
        PlainStructureNeedsBigEndianData = -278, PlainStructureNeedsLittleEndianData = -279,
        DsNotInitialized = -300, DsInconsistantContainer = -301, DsTargetLostUnexpected = -302,
        DsIncompletePreparation = -303, IntegrityError = -351, SecurityDisconnect = -352,
        SslHandshake = -353, Invalid_Compiler_Alignment = -401, TextLib_Inconsistent_Structure = -402,
        TextLib_Not_Initialized = -403, TextLib_No_List_Header = -404, TextLib_DublicatedTextID = -405,
        Invalid_search_mode = -406, TextLib_currently_not_available = -407, TextLib_buffer_overflow = -408,
        SystemLimitExceeded = -501, Invalid_TypeInfo_Format = -502, SpaceSignOnly_Hash = -503,
        PasswordAlreadyUsed = -504, StartTlsFailed = -505, StoppingTlsFailed = -506, NoSupportForTls = -507,
        NotAllowedWithStreaming = -508, StreamingError = -509, MultiESConflict = -510,
        MultiESLimitExceeded = -511, MultiESIncompatibleOtherESVersion = -512,
        ConcurrentTransactionRunning = -513,
    }
}

crate::codes! {
    /// The generic error code of a [`ReturnValue`](super::outcome::ReturnValue): the same trouble in coarser words, 0..=127.
    pub struct GenericCode(u8) in decimal {
        Ok = 0, General = 1, ApplicationError = 2, AccessDenied = 3, CantActivate = 4,
        CardinalityOverflow = 5, CardinalityUnderflow = 6, ClassNotAllowed = 7,
        InvalidAttributeIdentifier = 8, InvalidDatatype = 9, InvalidObjectIdentifier = 10,
        InvalidPlacement = 11, InvalidQualifier = 12, InvalidRange = 13, InvalidSession = 14,
        NotLinked = 15, ServiceTimeout = 16, Disconnected = 17, FailedToDisconnect = 18,
        InvalidAddress = 19, ServiceNotAllowed = 20, ServiceNotConnected = 21, NotOwner = 22,
        TooManyRequests = 23, TooManySessions = 24, SessionDelegitimated = 25, UnknownService = 26,
        InvalidStorageFormat = 27, InvalidComFormat = 28, NotChangableInRun = 29,
        WrongNrOfArgumentsOfInvoke = 30, WrongArgumentFormatOfInvoke = 31, InvokeFailed = 32,
        ObjectCannotBeStoredTwoTimesInParallel = 33, ObjectIsLocked = 34, StoreInactive = 35,
        HierarchyOverflow = 36, ObjectOrAttributeAlreadyExist = 37, NotEnoughMemoryAvailable = 38,
        NoMemoryOnStorage = 39, NoStorageDetected = 40, InvalidTimestampInTypesafeBlob = 41,
        InvalidFileName = 42, InvalidArgumentValue = 43, StoreDirectoryAlreadyUsed = 44,
        GeneralStoreError = 45, InvalidObjectReference = 46, GeneralCreate = 47, GeneralAddObject = 48,
        GeneralDeleteObject = 49, GeneralGetVariable = 50, GeneralSetVariable = 51,
        GeneralGetVariableSubrange = 52, GeneralSetVariableSubrange = 53, GeneralGetMultiVariables = 54,
        GeneralSetMultiVariables = 55, GeneralAddLink = 56, GeneralRemoveLink = 57, InvalidID = 58,
        GeneralComError = 59, NotChangableInErrorState = 60, MultiESNotSupported = 61, ServiceAborted = 62,
        SourceFileNotExisting = 63, InvalidVersion = 64, CommFormatDiffersFromStoreFormat = 65,
        GeneralTransaction = 66, Distribution = 67, GeneralPathNotFound = 68, GeneralEndOfFile = 69,
        GeneralFSWriteProtected = 70, GeneralFSDiskFull = 71, GeneralFSInvalidPathName = 72,
        WSTRING_not_supported = 73, TransactionAborted = 74, StoreForceStore = 75, GeneralIntegrity = 76,
        MultiESConflict = 77, TemporarilyOutOfResources = 78, MultiESLimitExceeded = 79,
        MultiESIncompatibleOtherESVersion = 80, ConcurrentTransactionRunning = 81, SslError = 82,
        RHPlcProxyTreeUnknown = 83, RHPlcProxyTreeNonRedundant = 84, ServiceNotAvailable = 85,
        TLSError = 86,
    }
}

crate::codes! {
    /// The part of the CPU's firmware that an error comes from.
    pub struct Source(u8) in decimal {
        ObjectManagement = 0, OperatingState = 1, LoadMemory = 3, WorkMemory = 4, Test = 7, Alarming = 8, Compiler = 13,
        Kernel = 14, ObjectModel = 25, HardwareConfiguration = 26, FileSystem = 32, Communication = 33,
        ExecutionLevels = 64, TBlocks = 91, NetworkConfiguration = 92,
    }
}

crate::codes! {
    /// Soft data type: what a PLC calls the type of a variable, which is more than the wire says of its value.
    ///
    /// 256 (`NOTCHOSEN`) is left out: an octet holds none.
    pub struct SoftType(u8) in decimal {
        VOID = 0, BOOL = 1, BYTE = 2, CHAR = 3, WORD = 4, INT = 5, DWORD = 6, DINT = 7, REAL = 8, DATE = 9,
        TIMEOFDAY = 10, TIME = 11, S5TIME = 12, S5COUNT = 13, DATEANDTIME = 14, INTERNETTIME = 15,
        ARRAY = 16, STRUCT = 17, ENDSTRUCT = 18, STRING = 19, POINTER = 20, MULTIFB = 21, ANY = 22,
        BLOCKFB = 23, BLOCKFC = 24, BLOCKDB = 25, BLOCKSDB = 26, MULTISFB = 27, COUNTER = 28, TIMER = 29,
        IECCOUNTER = 30, IECTIMER = 31, BLOCKSFB = 32, BLOCKSFC = 33, BLOCKCB = 34, BLOCKSCB = 35,
        BLOCKOB = 36, BLOCKUDT = 37, OFFSET = 38, BLOCKSDT = 39, BBOOL = 40, BLOCKEXT = 41, LREAL = 48,
        ULINT = 49, LINT = 50, LWORD = 51, USINT = 52, UINT = 53, UDINT = 54, SINT = 55, BCD8 = 56,
        BCD16 = 57, BCD32 = 58, BCD64 = 59, AREF = 60, WCHAR = 61, WSTRING = 62, VARIANT = 63, LTIME = 64,
        LTOD = 65, LDT = 66, DTL = 67, IECLTIMER = 68, IECSCOUNTER = 69, IECDCOUNTER = 70, IECLCOUNTER = 71,
        IECUCOUNTER = 72, IECUSCOUNTER = 73, IECUDCOUNTER = 74, IECULCOUNTER = 75, REMOTE = 96,
        ERRORSTRUCT = 97, NREF = 98, VREF = 99, FBTREF = 100, CREF = 101, VAREF = 102, AOMIDENT = 128,
        EVENTANY = 129, EVENTATT = 130, FOLDER = 131, AOMAID = 132, AOMLINK = 133, EVENTHWINT = 134,
        HWANY = 144, HWIOSYSTEM = 145, HWDPMASTER = 146, HWDEVICE = 147, HWDPSLAVE = 148, HWIO = 149,
        HWMODULE = 150, HWSUBMODULE = 151, HWHSC = 152, HWPWM = 153, HWPTO = 154, HWINTERFACE = 155,
        HWIEPORT = 156, OBANY = 160, OBDELAY = 161, OBTOD = 162, OBCYCLIC = 163, OBATT = 164, CONNANY = 168,
        CONNPRG = 169, CONNOUC = 170, CONNRID = 171, HWNR = 172, PORT = 173, RTM = 174, PIP = 175,
        CALARM = 176, CALARMS = 177, CALARM8 = 178, CALARM8P = 179, CALARMT = 180, CARSEND = 181,
        CNOTIFY = 182, CNOTIFY8P = 183, OBPCYCLE = 192, OBHWINT = 193, OBCOMM = 194, OBDIAG = 195,
        OBTIMEERROR = 196, OBSTARTUP = 197, OPCUALOCTXTENCM = 200, OPCUASTRACTLEN = 201, DBANY = 208,
        DBWWW = 209, DBDYN = 210, PARA = 253, LABEL = 254, UDEFINED = 255,
    }
}

crate::codes! {
    /// The part of an interface that a member stands in: three bits of its attributes.
    pub struct Section(u8) in decimal {
        None = 0, Input = 1, Output = 2, InOut = 3, Static = 4, Dynamic = 5, Retval = 6, Operand = 7,
    }
}

crate::codes! {
    /// The language of a block: attribute 2523.
    pub struct BlockLanguage(u16) in decimal {
        Undefined = 0, STL = 1, LAD_CLASSIC = 2, FBD_CLASSIC = 3, SCL = 4, DB = 5, GRAPH = 6, SDB = 7,
        CPU_DB = 8, CPU_SDB = 17, CforS7 = 21, HIGRAPH = 22, CFC = 23, SFC = 24, S7_PDIAG = 26, RSE = 29,
        F_STL = 31, F_LAD = 32, F_FBD = 33, F_DB = 34, F_CALL = 35, TechnoDB = 37, F_LAD_LIB = 38,
        F_FBD_LIB = 39, ClassicEncryption = 41, FCP = 50, LAD_IEC = 100, FBD_IEC = 101, FLD = 102,
        UDT = 150, SDT = 151, FBT = 152, Motion_DB = 201, GRAPH_ACTIONS = 300, GRAPH_SEQUENCE = 301,
        GRAPH_ADDINFOS = 303, GRAPH_PLUS = 310, MC7plus = 400, ProDiag = 500, ProDiag_OB = 501,
    }
}

crate::codes! {
    /// Who may see and change a member, in its type information.
    pub struct Access(u8) in decimal {
        Public = 0, ReadOnly = 1, Internal = 2, InternalReadOnly = 3, Protected = 4, ProtectedReadOnly = 5,
        Constant = 6, ConstantReadOnly = 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use alloc::format;

    #[test]
    fn one_name_for_a_code() {
        fn once<T: Copy + Ord>(known: &[T]) {
            assert_eq!(known.iter().collect::<BTreeSet<_>>().len(), known.len());
        }
        once(Opcode::KNOWN);
        once(Function::KNOWN);
        once(ErrorCode::KNOWN);
        once(GenericCode::KNOWN);
        once(Source::KNOWN);
        once(SoftType::KNOWN);
        once(BlockLanguage::KNOWN);
        once(Access::KNOWN);
        once(Section::KNOWN);
    }

    #[test]
    fn samples_of_the_tables() {
        assert_eq!(ErrorCode(-12), ErrorCode::ObjectNotFound);
        assert_eq!(ErrorCode(-507).name(), Some("NoSupportForTls"));
        assert_eq!(ErrorCode(38).name(), Some("MessageLegitimLevelCurrentlyDisabled"));
        assert_eq!(format!("{}", ErrorCode(-1000)), "ErrorCode(-1000)");
        assert_eq!(GenericCode(76), GenericCode::GeneralIntegrity);
        assert_eq!((SoftType::DTL.0, SoftType(40).name()), (67, Some("BBOOL")));
        assert_eq!(BlockLanguage(501), BlockLanguage::ProDiag_OB);
        assert_eq!(format!("{}", Function(0x1234)), "Function(0x1234)");
    }

    #[test]
    fn who_counts_what() {
        let of = |counter| Function::KNOWN.iter().filter(|f| f.counter() == counter).count();
        assert_eq!((of(Some(Counter::Write)), of(Some(Counter::Read)), of(None)), (5, 12, 4));
        assert_eq!(Function::SetVariable.counter(), Some(Counter::Write));
        assert_eq!(Function(0x9999).counter(), Some(Counter::Read));
    }
}

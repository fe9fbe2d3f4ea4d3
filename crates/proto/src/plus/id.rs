//! The ids of S7CommPlus: objects (RID), and the one number space of classes, attributes, structs and their members.
//!
//! The names are those of the field's decoders and clients, as they are; objects lost the "the" in front.
use super::code::SoftType;
use core::fmt;

crate::codes! {
    /// Relation id: which object. The named ones are on every CPU; the others' high bits say what they are ([`Rid::space`]).
    pub struct Rid(u32) {
        ASRoot = 1, HWConfiguration = 2, PLCProgram = 3, Folders = 4, Logs = 5, TisJobCont = 7,
        AlarmSubsystem = 8, ASLog = 9, SWEvents = 10, TisSubsystem = 11, CommCont = 12,
        NonPersistentConnections = 13, ProgramCyclePI = 14, SWObjectsAppCreated = 15, FWpackage = 16,
        TPbuiltinContainer = 17, TPloadableContainer = 18, ASInternalConnections = 19, AdaptationRoot = 20,
        StationConfiguration = 30, StationCentralDevice = 31, CentralDevice = 32, CentralIOcontroller = 33,
        CentralIOsystem = 34, StationManager = 35, StationManager_V14 = 36, SMcommon = 37, HCPUsyncIF1 = 43,
        HCPUsyncIF2 = 44, HCPUredIOCtrl = 46, HCPUredCtrl = 47, CPU = 48, CPUproxy = 49, CPUcommon = 50,
        CardReaderWriter = 51, CPUexecUnit = 52, WebServer = 53, CPUDisplay = 54, CPUFexecUnit = 55,
        PLCProgramChange = 56, CCcontainer = 57, C2C = 58, Softbus = 59, PB1 = 60, PB2 = 61, IE1 = 64,
        IE1_Port1 = 65, IE1_Port2 = 66, IE1_Port3 = 67, IE1_Port4 = 68, IE2 = 72, IE2_Port1 = 73,
        IE2_Port2 = 74, IE2_Port3 = 75, IE2_Port4 = 76, IE1_NetworkParameters = 77,
        IE2_NetworkParameters = 78, Softbus_NetworkParameters = 79, IArea = 80, QArea = 81, MArea = 82,
        S7Counters = 83, S7Timers = 84, RuntimeMeters = 85, RuntimeMeters2 = 86, Servo = 91, Ipo = 92,
        ProgramCycleEventData = 96, IOredundancyError = 100, CPUredundancyError = 101,
        TimeErrorEventData = 102, DiagnosticErrorEventData = 103, PullPlugEventData = 104,
        PeripheralAccessErrorEventData = 105, RackStationFailureEventData = 106, StartupEventData = 107,
        ProgrammingErrorEventData = 108, IOAccessErrorEventData = 109, MaxCycleTimeError = 110,
        ProfileEventData = 111, StatusEventData = 112, UpdateEventData = 113, TextContainer = 114,
        PkiContainer = 115, NCKadapter = 118, IE3_NetworkParameters = 119, IE3 = 120,
        IE4_NetworkParameters = 125, IE4 = 130, AdaptedPKIStore = 145, ObjectRoot = 201,
        GetNewRIDOnServer = 211, ObjectServerSessionContainer = 285, ObjectNullServerSession = 288,
        ObjectOMSTypeInfoContainer = 537,
        ReleaseManagementRoot = 0x894a_0000,
        TypesOfIArea = 0x9001_0000, TypesOfQArea = 0x9002_0000, TypesOfMArea = 0x9003_0000,
        TypesOfS7Timers = 0x9005_0000, TypesOfS7Counters = 0x9006_0000,
    }
}

crate::codes! {
    /// High sixteen bits of the id of an object that a program brought; the others are its number.
    pub struct Space(u16) {
        UDT = 0x89fd, DB = 0x8a0e, UserConstants = 0x8a11, FB = 0x8a12, FC = 0x8a13, SFB = 0x8a20, SFC = 0x8a21,
        SystemUDT = 0x8a24, OB = 0x8a32,
        /// The number is a language (LCID).
        AlarmTexts = 0x8a36,
        /// The number is a language (LCID), 0 for texts of none.
        TextLists = 0x8a37,
        TextContainer = 0x8a38, SystemAlarms = 0x8a7e,
    }
}

crate::codes! {
    /// Highest octet of the id of type information. The next octet is a part of the block: 0 the block itself, from 1 on its
    /// structs without name. The others are the block's number.
    pub struct TypeSpace(u8) {
        Area = 0x90, UDT = 0x91, DB = 0x92, FB = 0x93, FC = 0x94, OB = 0x95, FBT = 0x96,
        /// What helps with arrays of structs in a DB.
        ArrayOfStruct = 0x9a,
        /// Types that every CPU has; see [`Rid::of_soft_type`].
        Library = 0x02,
    }
}

impl Rid {
    /// The object of a number in a space: `Rid::of(Space::DB, 5)` is 8A0E0005.
    pub const fn of(space: Space, number: u16) -> Self {
        Self((space.0 as u32) << 16 | number as u32)
    }
    /// The type information of a part of a block: `Rid::of_type(TypeSpace::DB, 0, 5)` is 92000005.
    pub const fn of_type(space: TypeSpace, part: u8, number: u16) -> Self {
        let ([p, n0], n1) = ([part, number.to_be_bytes()[0]], number.to_be_bytes()[1]);
        Self(u32::from_be_bytes([space.0, p, n0, n1]))
    }
    /// The type information of a type that every CPU has: DTL is 02000043.
    pub const fn of_soft_type(ty: SoftType) -> Self {
        Self(0x0200_0000 | ty.0 as u32)
    }
    /// The high sixteen bits, that say what it is where [`Space`] knows them.
    pub const fn space(self) -> Space {
        let [a, b, _, _] = self.0.to_be_bytes();
        Space(u16::from_be_bytes([a, b]))
    }
    /// The highest octet, that says what it is where [`TypeSpace`] knows it.
    pub const fn type_space(self) -> TypeSpace {
        TypeSpace(self.0.to_be_bytes()[0])
    }
    /// The low sixteen bits: of a block its number.
    pub const fn number(self) -> u16 {
        let [_, _, a, b] = self.0.to_be_bytes();
        u16::from_be_bytes([a, b])
    }
    /// Which part of its block, if it is type information: 0 for the block itself.
    pub const fn part(self) -> u8 {
        self.0.to_be_bytes()[1]
    }
    /// Made while the CPU runs: sessions and subscriptions. From 70000000 on, on an old S7-1200 from 10000000 on.
    pub const fn is_dynamic(self) -> bool {
        matches!(self.0, 0x1000_0000..=0x1fff_ffff | 0x7000_0000..=0x7fff_bfff)
    }
    /// Chosen by a client for what it is about to create; the answer tells the real one.
    pub const fn is_temporary(self) -> bool {
        matches!(self.0, 0x7fff_c000..=0x7fff_ffff)
    }
    /// What it is, in words of the field: `DB5`, `type of DB5`, `MArea`, or the number in hex.
    pub const fn label(self) -> Label {
        Label(self)
    }
}

/// Shows what a [`Rid`] is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Label(Rid);

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(rid) = *self;
        if let Some(name) = rid.name() {
            return f.write_str(name);
        }
        if let Some(space) = rid.space().name() {
            return write!(f, "{space}{}", rid.number());
        }
        match (rid.type_space(), rid.part()) {
            (TypeSpace::Library, 0) => match u8::try_from(rid.number()).map(|ty| SoftType(ty).name()) {
                Ok(Some(name)) => write!(f, "type {name}"),
                _ => write!(f, "{:08X}", rid.0),
            },
            (TypeSpace::Area | TypeSpace::Library | TypeSpace::ArrayOfStruct, _) => {
                write!(f, "{:08X}", rid.0)
            }
            (space, part) => match space.name() {
                Some(name) if part == 0 => write!(f, "type of {name}{}", rid.number()),
                Some(name) => write!(f, "struct {part} of {name}{}", rid.number()),
                None => write!(f, "{:08X}", rid.0),
            },
        }
    }
}

crate::codes! {
    /// A class, an attribute, a struct or a member of one. The protocol calls attributes AID and classes CLS; some numbers name an
    /// object as well, so [`Rid`] has those, too.
    pub struct Id(u32) in decimal {
        CoreBase = 200, ObjectRoot = 201, ClassClass = 202, ClassVariableType = 203,
        ClassAssociationEnd = 204, ClassComposition = 205, CompClassAssociationEnd = 207,
        CompClassComposition = 208, CompStructVariableType = 209, GetNewRIDLocal = 210,
        GetNewRIDOnServer = 211, CompMetaTypesClass = 212, ClassRoot = 213, ClassTypes = 214,
        ClassTypePackage = 215, ClassModelPackage = 216, CompRootTypes = 218, CompTypesMetaTypes = 219,
        ClassObject = 220, PutNotInHashIndex = 221, CompTypepackageTypepackage = 222,
        CompTypesModelTypes = 223, CompRootRootChildContainer = 224, CompTypepackageStruct = 225,
        ObjectTypes = 226, ObjectMetatypes = 227, ObjectBasetypes = 228,
        ObjectVariableTypeParentObject = 229, ObjectVariableTypeSiblingObject = 230,
        ObjectVariableTypeFirstChildObject = 231, ObjectVariableTypeRID = 232, ObjectVariableTypeName = 233,
        ObjectVariableTypeFlags = 234, ClassVariableTypeBaseClass = 238, VariableTypeVariableTypeAID = 239,
        VariableTypeVariableTypeDesignTimeCountMax = 240,
        VariableTypeVariableTypeMultiDimensionArrayDesignTimeCountMax = 241,
        VariableTypeVariableTypeOneDimensionArrayLowerBound = 242,
        VariableTypeVariableTypeMultiDimensionArrayLowerBound = 243,
        AssociationVariableTypeOppositeEndRID = 244, AssociationVariableTypeCardinalityMin = 245,
        AssociationVariableTypeCardinalityMax = 246, AssociationVariableTypeQualifierAID = 247,
        CompVariableTypeComposedClassRID = 248, CompVariableTypeCardinalityMin = 249,
        CompVariableTypeCardinalityMax = 250, CompVariableTypeQualifierAID = 251,
        VariableTypeVariableTypeINT32EnumValuesAID = 252, SubscriptionBase = 253,
        ClassOMSSubscriptions = 254, ClassSubscriptions = 255, VariableTypeSubscriptionActive = 258,
        VariableTypeSubscriptionSelectionOnlyCnhanged = 259, CompSubscriptionTrigger = 260,
        CompSubscriptionReference = 261, ClassTrigger = 262, ClassCyclicTrigger = 263,
        VariableTypeCyclicTriggerCycleTime = 264, ClassAlarmTrigger = 265,
        VariableTypeAlarmTriggerSourceRID = 266, VariableTypeAlarmTriggerSourceAID = 267,
        ClassReference = 268, VariableTypeReferenceTargetRID = 269, VariableTypeReferenceTargetAID = 270,
        VariableTypeReferenceState = 271, SubscriptionReference = 272,
        VariableTypeTriggerAndTransmitMode = 273, ServicesBase = 274, CompRootClientSessions = 275,
        CompRootServerSessions = 276, CompClientSessionsClientSession = 277,
        CompServerSessionsServerSession = 278, CompClientSessionProxyRoot = 279,
        CompServerSessionSubscriptions = 280, FolderServices = 281, ClassClientSessionContainer = 282,
        ObjectClientSessionContainer = 283, ClassServerSessionContainer = 284,
        ObjectServerSessionContainer = 285, ClassClientSession = 286, ClassServerSession = 287,
        ObjectNullServerSession = 288, ServerSessionClientID = 289, ClientSessionTargetAddress = 290,
        ClientSessionL4Status = 291, ClientSessionState = 292, ServerSessionsCount = 295,
        ServerSessionUser = 296, ServerSessionApplication = 297, ServerSessionHost = 298,
        ServerSessionRole = 299, ServerSessionClientRID = 300, ServerSessionClientComment = 301,
        ServerSessionTimeout = 302, ServerSessionChallenge = 303, ServerSessionResponse = 304,
        ServerSessionRoles = 305, ServerSessionVersion = 306, ServerSessionProgressOms = 307,
        ServerSessionProgressBl = 308, ClientSessionPassword = 309, ClientSessionLegitimated = 310,
        ClientSessionCommunicationFormat = 311, ClientSessionClientVersion = 312,
        ClientSessionServerVersion = 313, LID_SessionVersionStruct = 314, LID_SessionVersionSystemOMS = 315,
        LID_SessionVersionProjectOMS = 316, LID_SessionVersionSystemPAOM = 317,
        LID_SessionVersionProjectPAOM = 318, LID_SessionVersionSystemPAOMString = 319,
        LID_SessionVersionProjectPAOMString = 320, LID_SessionVersionProjectFormat = 321,
        SessionActivation = 323, TypeFolderNetwork = 325, ObjectFolderNetwork = 326,
        ObjectServerAAEndDefault = 327, ClassNetworkFolder = 328, CompositionNetworkFolderServerAAEnd = 329,
        ClassAAEnd = 334, AAEndActive = 335, AAEndSelect = 336, AAEndLocalAddress = 337,
        AAEndRemoteAddress = 338, AAEndLocalAddressType = 339, AAEndLocalAddressData = 340,
        AAEndRemoteAddressType = 341, AAEndRemoteAddressData = 342, ClassServerAAEnd = 344,
        ServerAAEndApplicationType = 345, ClassClientAAEnd = 349, DistributionTargetClassRid = 350,
        AssociationDistributionTargetModel = 351, AssociationModelDistributionTarget = 352,
        RootMemoryReset = 387, RootReset = 388, ClassType = 389, ClassStruct = 390,
        ClassAttributeType = 391, VariableTypeVariableTypeInstanceFlags = 392,
        VariableTypeVariableTypeAID2 = 393, ObjectOMSObjectModel = 394, ObjectOMSCore = 395,
        ObjectOMSService = 396, VariableTypeStructInstanceStructRID = 397,
        ObjectVariableTypeIsConsistent = 398, ObjectVartypeInProgress = 401,
        ClassVariableTypeInstanceStoreMode = 406, VariableTypeSourceEndianess = 407,
        VariableTypeDestinationEndianess = 408, VariableTypeTypeInfoReserveDataModified = 410,
        VariableTypeAttributeTypeNumberOfConfiguredBit = 504, CompVariableTypeBaseCompisitionAID = 505,
        AssocVariableTypeBaseAssociationAID = 506, ClassTypeInfo = 511, CompArrayMemberType = 514,
        ValueTypeArrayMemberType = 515, VariableTypeModelOMVersion = 516,
        VariableTyoeModelOMDevelopmentVersion = 517, VariableTypeModelPOMID = 518,
        VariableTypeModelPOMDevelopmentVersion = 519, ClassResponseExtensionContainer = 520,
        CompositionResponseExtension = 521, ClassResponseExtension = 522,
        VariableTypeResponseExtensionError = 523, VariableTypeResponseExtensionIsLoadError = 524,
        VariableTypeResponseExtensionIsFileSystemError = 525, VariableTypeResponseExtensionObjectRID = 526,
        VariableTypeResponseExtensionClassRID = 527, VariableTypeResponseExtensionAttributeAID = 528,
        VariableTypeStructModificationTime = 529, VariableTypeResponseExtensionObjectRID2 = 530,
        VariableTypeResponseExtensionClassRID2 = 531, VariableTypeResponseExtensionFileName = 532,
        VariableTypeResponseExtensionLineNumber = 533, ClassOMSTypeInfoContainer = 534,
        CompOMSTypeInfo = 535, CompOMSTypeInfoContainer = 536, ObjectOMSTypeInfoContainer = 537,
        VT_OMS_Scarlar = 544, VT_OMS_BOOL = 545, VT_OMS_UINT8 = 546, VT_OMS_UINT16 = 547,
        VT_OMS_UINT32 = 548, VT_OMS_UINT64 = 549, VT_OMS_INT8 = 550, VT_OMS_INT16 = 551, VT_OMS_INT32 = 552,
        VT_OMS_INT64 = 553, VT_OMS_BITSET8 = 554, VT_OMS_BITSET16 = 555, VT_OMS_BITSET32 = 556,
        VT_OMS_BITSET64 = 557, VT_OMS_REAL32 = 558, VT_OMS_REAL64 = 559, VT_OMS_TIMESTAMP = 560,
        VT_OMS_TIMESPAN = 561, VT_OMS_RID = 562, VT_OMS_AID = 563, VT_OMS_BLOB = 564, VT_OMS_STRING = 565,
        VT_OMS_VARIANT = 566, VT_OMS_StructInstance = 567, VT_OMS_WSTRING = 568, VT_OMS_INT32_Enum = 569,
        VT_OMS_Array = 570, VT_OMS_ArrayOneDimension = 571, VT_OMS_DynamicArrayOneDimension = 572,
        VT_OMS_SparseArrayOneDimension = 573, VT_OMS_ArrayMultiDimension = 574, VT_OMS_ArrayS7String = 575,
        VT_OMS_ArrayS7WString = 576, VariableTypeResponseExtensionObjectName = 594,
        VariableTypeResponseExtensionClassName = 595, VariableTypeResponseExtensionAttributeName = 596,
        VariableTypeResponseExtensionObjectName2 = 597, VariableTypeResponseExtensionClassName2 = 598,
        VariableTypeResponseExtensionErrorText = 599, VariableTypeResponseExtensionAdditionalValue = 600,
        VariableTypeModelPOMVersion = 601, VariableTypeObjectNamespaceID = 602,
        VariableTypeObjectClassNamespaceID = 603, VariableTypeObjectClassRID = 604,
        VariableTypeModelNamespaceID = 605, TextLibraryClassRID = 606, TextLibraryStrings = 607,
        TextLibraryOffsetArea = 608, TextLibraryStringArea = 609, VariableTypeTypeInfoSizeWithReserve = 611,
        TextLibraryLoadState = 612, ObjectSubscriptionTypes = 1000, ClassSubscription = 1001,
        SubscriptionMissedSendings = 1002, SubscriptionSubsystemError = 1003,
        SubscriptionReferenceTriggerAndTransmitMode = 1005, ClassObjectReference = 1006,
        ObjectReferenceTargetRID = 1007, ObjectReferenceContainerRID = 1008,
        ObjectReferenceObjectsState = 1009, ClassAttributeReference = 1010,
        AttributeReferenceTargetAID = 1011, AttributeReferenceValue = 1012,
        AttributeReferenceAccessResult = 1013, ClassMultiAttributeReference = 1014,
        MultiAttributeReferenceTargetAID = 1015, MultiAttributeReferenceTargetOffset = 1016,
        MultiAttributeReferenceTargetLength = 1017, MultiAttributeReferenceTargetValue = 1018,
        MultiAttributeReferenceAccessResult = 1019, MultiAttributeReferenceNumberReference = 1020,
        ClassTimerReference = 1021, TimerReferenceTimerInterval = 1022, ClassReceivedObject = 1023,
        ReceivedObjectMaximalStoredObjects = 1024, CompositionSubscriptionReceivedObject = 1025,
        CompositionSubscriptionSubscriptionReference = 1026, CompositionReceivedObjectsObject = 1027,
        CompositionSubscriptionsSubscription = 1028, SystemLimits = 1037, SubscriptionRouteMode = 1040,
        SubscriptionActive = 1041, ReceivedObjectsStoredObjects = 1042, ClassStoredExploreReference = 1043,
        SubscriptionReferenceList = 1048, SubscriptionCycleTime = 1049, SubscriptionDelayTime = 1050,
        SubscriptionDisabled = 1051, SubscriptionCount = 1052, SubscriptionCreditLimit = 1053,
        SubscriptionTicks = 1054, AssocicationObjectDistribution = 1072,
        AssocicationObjectDistributionOpposite = 1073, FreeItems = 1081, SubscriptionFunctionClassId = 1082,
        Filter = 1246, FilterOperation = 1247, AddressCount = 1249, Address = 1250, FilterValue = 1251,
        ObjectQualifier = 1256, ParentRID = 1257, CompositionAID = 1258, KeyQualifier = 1259,
        CompTypeInfo = 1501, TI_TComSize = 1502, TI_StructureType = 1503,
        StructOffsetInfoStructMember = 1504, StructMemberOffsetClassic = 1505,
        StructMemberOffsetNena = 1506, StructOffsetInfoStructMemberBool = 1507,
        StructMemberBoolOffsetClassic = 1508, StructMemberBoolOffsetNena = 1509,
        StructMemberBoolBitOffsetClassic = 1510, StructMemberBoolBitOffsetNena = 1511,
        StructOffsetInfoPlainMember = 1512, PlainMemberAccessability = 1513, PlainMemberSection = 1514,
        PlainMemberTComOffset = 1515, PlainMemberOffset = 1516, StructOffsetInfoPlainMemberBool = 1517,
        PlainMemberBoolAccessability = 1518, PlainMemberBoolSection = 1519,
        PlainMemberBoolTComOffset = 1520, PlainMemberBoolOffset = 1521, PlainMemberBoolBitOffset = 1522,
        StructOffsetInfoMultiInstanceMember = 1523, MultiInstanceMemberAccessability = 1524,
        MultiInstanceMemberSection = 1525, MultiInstanceMemberTComOffset = 1526,
        MultiInstanceMemberOffsetClassic = 1527, MultiInstanceMemberOffsetRetain = 1528,
        MultiInstanceMemberOffsetVolatile = 1529, StructPaddingSimplePadding = 1530,
        SimplePaddingSizeClassic = 1531, SimplePaddingSizeNena = 1532, StructOMS_TypeSafeBLOB = 1533,
        OMS_STB_DescriptionRID = 1534, OMS_STB_Structured = 1535, OMS_STB_ClassicBlob = 1536,
        OMS_STB_RetainBlob = 1537, OMS_STB_VolatileBlob = 1538, PlainMemberBoolTComBitOffset = 1540,
        StructFunctionBlockSimplePadding = 1542, FunctionBlockPaddingSizeClassic = 1543,
        FunctionBlockPaddingSizeRetain = 1544, FunctionBlockPaddingSizeVolatile = 1545,
        DownloadTransaction_Class_Rid = 1700, SecurityKey = 1800, SecurityKeyVersion = 1801,
        SecurityKeySecurityLevel = 1802, SecurityKeyPublicKeyID = 1803, SecurityKeySymmetricKeyID = 1804,
        SecurityKeyEncryptedKey = 1805, EncryptionData = 1811, MAC = 1820, MACAlgorithm = 1821,
        MACEncryptedKey = 1822, MACData = 1823, KeyID = 1825, KeyIDValue = 1826, KeyIDFlags = 1827,
        KeyIDInternalFlags = 1828, SessionKey = 1830, EffectiveProtectionLevel = 1842,
        ActiveProtectionLevel = 1843, ExpectedLegitimationLevel = 1844, CollaborationToken = 1845,
        Legitimate = 1846, LegacyAuthenticationCompatibility = 1902, CyclicOB_itsCyclicEvent = 2023,
        TimeErrorOB_itsTimeError = 2090, CPUexecUnit_operatingStateReq = 2167,
        CPUexecUnit_ConfiguredMaxScanCycle = 2171, CPUexecUnit_ConfiguredMinScanCycle = 2172,
        CPUexecUnit_LongestScanCycle = 2173, CPUexecUnit_ShortestScanCycle = 2174,
        CPUexecUnit_CurrentScanCycle = 2175, HWObject_DIS = 2237, HWObject_subDNN = 2270,
        CPUCommon_WorkMemoryTotal = 2343, CPUCommon_WorkMemoryUsed = 2344,
        CPUCommon_RetainMemoryTotal = 2416, CPUCommon_RetainMemoryUsed = 2417,
        CPUCommon_LoadMemoryTotal = 2418, CPUCommon_LoadMemoryUsed = 2419, ASObjectES_IdentES = 2449,
        ASObjectES_WorkingMemorySize = 2451, ASObjectSimple_LastModified = 2453, ASRoot_ItsFolders = 2468,
        ASRoot_Class_Rid = 2478, Container_ChangeCounter = 2479, PLCProgram_Class_Rid = 2520,
        Block_BlockNumber = 2521, Block_AutoNumbering = 2522, Block_BlockLanguage = 2523,
        Block_KnowhowProtected = 2524, Block_Unlinked = 2527, Block_LowLatency = 2528,
        Block_RuntimeModified = 2529, Block_Dirty = 2531, Block_CRC = 2532, Block_BodyDescription = 2533,
        Block_OptimizeInfo = 2537, DataInterface_InterfaceModified = 2543,
        DataInterface_InterfaceDescription = 2544, DataInterface_LineComments = 2546,
        DB_ValueInitial = 2548, DB_ValueActual = 2550, DB_InitialChanged = 2551,
        DB_ApplicationCreated = 2555, DB_Class_Rid = 2574, FB_Class_Rid = 2578, FC_Class_Rid = 2579,
        FunctionalObject_Code = 2580, FunctionalObject_ParameterModified = 2581,
        FunctionalObject_extRefData = 2582, FunctionalObject_intRefData = 2583,
        FunctionalObject_NetworkComments = 2584, FunctionalObject_NetworkTitles = 2585,
        FunctionalObject_CalleeList = 2586, FunctionalObject_InterfaceSignature = 2587,
        FunctionalObject_DisplayInfo = 2588, FunctionalObject_DebugInfo = 2589,
        FunctionalObject_LocalErrorhandling = 2590, FunctionalObject_LongConstants = 2591,
        FunctionalObject_Class_Rid = 2592, MArea_Remanence = 2599, OB_StartInfoType = 2607,
        OB_Class_Rid = 2610, ProgramCyclePI_Class_Rid = 2620, S7Counters_Remanence = 2624,
        S7Timers_Remanence = 2626, ACCcommunicationOB_Class_Rid = 2637,
        CPUredundancyErrorOB_Class_Rid = 2639, CyclicOB_Class_Rid = 2640,
        DiagnosticErrorOB_Class_Rid = 2641, IOaccessErrorOB_Class_Rid = 2642,
        IOredundancyErrorOB_Class_Rid = 2643, PeripheralAccessErrorOB_Class_Rid = 2644,
        ProcessEventOB_Class_Rid = 2645, ProfileOB_Class_Rid = 2646, ProgramCycleOB_Class_Rid = 2647,
        ProgrammingErrorOB_Class_Rid = 2648, PullPlugOB_Class_Rid = 2649,
        RackStationFailureOB_Class_Rid = 2650, StartupOB_Class_Rid = 2651, StatusOB_Class_Rid = 2652,
        SynchronousCycleOB_Class_Rid = 2653, TechnologyOB_Class_Rid = 2654, TimeDelayOB_Class_Rid = 2655,
        TimeErrorOB_Class_Rid = 2656, TimeOfDayOB_Class_Rid = 2657, UpdateOB_Class_Rid = 2658,
        AlarmSubscriptionRef_AlarmDomain = 2659, AlarmSubscriptionRef_itsAlarmSubsystem = 2660,
        AlarmSubsystem_itsAlarmSubscriptionRef = 2661, AlarmSubscriptionRef_Class_Rid = 2662,
        AlarmSubsystem_SmallDAICount = 2663, AlarmSubsystem_BigDAISize = 2664, AlarmSubsystem_itsDAI = 2665,
        DAI_itsAlarmSubsystem = 2666, AlarmSubsystem_itsUpdateRelevantDAI = 2667,
        DAI_itsUpdateRelevantView = 2668, AlarmSubsystem_Class_Rid = 2669, DAI_CPUAlarmID = 2670,
        DAI_AllStatesInfo = 2671, DAI_AlarmDomain = 2672, DAI_Coming = 2673, DAI_Going = 2677,
        DAI_Class_Rid = 2681, AbstractTisJob_TisJobEnabledConf = 2687,
        AbstractTisJob_TisJobEnabledActual = 2688, AbstractTisJob_ContinuingJob = 2689,
        AbstractTisJob_CreationTimestamp = 2690, AbstractTisJob_ModifyingJob = 2691,
        AbstractTisJob_NotificationCredit = 2692, AbstractTisJob_Request = 2693,
        AbstractTisJob_Trigger = 2694, AbstractTisJob_Result = 2695,
        AbstractTisJob_itsAssumingSubscriptionRef = 2696, TisSubscriptionRef_itsAssumingJob = 2697,
        AbstractTisJob_itsTisSubsystem = 2698, AbstractTisJob_Class_Rid = 2700,
        TisWatchJob_Class_Rid = 2709, TisSubscriptionRef_IncrementNotificationCredit = 2711,
        TisSubscriptionRef_Class_Rid = 2712, DAI_AlarmTexts_Rid = 2715, TextContainer_LCIDs_Aid = 2717,
        ProcessEventOB_itsProcessEventActual = 2997, STAI_itsSDiagCont = 3095, STAI_Class_Rid = 3096,
        STAI_itsDB = 3110, Block_Binding = 3151, STAI_AlarmDomain = 3402, STAI_AlarmEnabled = 3403,
        STAI_ALID = 3404, CPUCommon_OperatingState = 3451, AS_CGS_Class_Rid = 3473,
        AS_CGS_AllStatesInfo = 3474, AS_CGS_Timestamp = 3475, AS_CGS_AssociatedValues = 3476,
        AS_DIS_Class_Rid = 3481, AS_DIS_OwnState = 3482, AS_DIS_OperatingState = 3486,
        DB_ClassicRetain = 3606, Block_TOblockSetNumber = 3619,
        AbstractTisJob_ModifyingJobChangeCounterCopy = 3626, PLCProgram_ESconsistent = 3635,
        AlarmSubsystem_itsEnDisJob = 3644, AlarmSubsystem_itsAckJob = 3645, AS_CGS_AckTimestamp = 3646,
        CPUCommon_StateSwitch = 3701, ControllerArea_ValueInitial = 3735, ControllerArea_ValueActual = 3736,
        ControllerArea_RuntimeModified = 3737, UDT_Class_Rid = 3932, DAI_MessageType = 4079,
        AlarmSubsystem_itsDisabledSTAI = 4123, PLCProgram_Culture = 4271, TA_DB_Class_Rid = 4272,
        ConstantsGlobal_Class_Rid = 4273, ConstantsGlobal_Symbolics = 4275, ASObjectES_Comment = 4288,
        CPUCommon_WorkMemoryCodeTotal = 4554, CPUCommon_WorkMemoryDataTotal = 4555,
        CPUCommon_WorkMemoryCodeUsed = 4556, CPUCommon_WorkMemoryDataUsed = 4557,
        AlarmSubsystem_itsUpdateRequestToAllJob = 4569, CPUCommon_StateSwitch2 = 4570,
        Block_TypeInfo = 4578, MC_DB_Class_Rid = 4600, TextContainer_Class_Rid = 4672,
        Block_FunctionalSignature = 7589, AbstractTisJob_LargeBufferMemorySize = 7647,
        PLCProgram_LastModiFProg = 7730, AlarmSubscriptionRef_AlarmDomain2 = 7731,
        DB_StructureModified = 7733, FailsafeControl_OverallSignature = 7735, STAI_MessageType = 7770,
        STAI_HmiInfo = 7771, STAI_InitFbState = 7772, DAI_HmiInfo = 7813, Block_AdditionalMAC = 7831,
        DB_DescriptionRidRef = 7833, Block_FailsafeBlockInfo = 7843, MultipleSTAI_Class_Rid = 7854,
        MultipleSTAI_itsSDiagCont = 7855, MultipleSTAI_itsDB = 7856, MultipleSTAI_STAIs = 7859,
        MultipleSTAI_STAIsSyntaxID = 7904, DAI_SequenceCounter = 7917, Block_FailsafeIFRHash = 7955,
        AlarmSubscriptionRef_SendAlarmTexts_Rid = 8173, AlarmSubscriptionRef_Reserved_Rid = 8181,
        AlarmSubsystem_Reserved = 8182, LookAheadOB_Class_Rid = 8440, SystemEvent = 40300,
        SystemEventSessionId = 40302, SystemEventRequestOpcode = 40303, SystemEventSequenceNumber = 40304,
        SystemEventReturnValue = 40305, Legitimation = 40400, LegitimationType = 40401,
        LegitimationUserName = 40402, LegitimationPassword = 40403,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    #[test]
    fn one_name_for_an_id() {
        fn once<T: Copy + Ord>(known: &[T]) {
            assert_eq!(known.iter().collect::<BTreeSet<_>>().len(), known.len());
        }
        once(Rid::KNOWN);
        once(Id::KNOWN);
        once(Space::KNOWN);
        once(TypeSpace::KNOWN);
    }

    #[test]
    fn a_name_that_is_object_and_id_is_one_number() {
        let shared: Vec<_> = Rid::KNOWN.iter().filter(|rid| Id(rid.0).name().is_some()).collect();
        assert_eq!(shared.len(), 5);
        assert!(shared.iter().all(|rid| Id(rid.0).name() == rid.name()), "{shared:?}");
    }

    #[test]
    fn samples_of_the_tables() {
        assert_eq!((Rid::PLCProgram.0, Rid::MArea.0, Rid::CPUcommon.0), (3, 82, 50));
        assert_eq!((Id::ServerSessionChallenge.0, Id::EffectiveProtectionLevel.0), (303, 1842));
        assert_eq!((Id::DB_ValueActual.0, Id(7917).name()), (2550, Some("DAI_SequenceCounter")));
        assert_eq!(Id(5).to_string(), "Id(5)");
    }

    #[test]
    fn what_an_object_is() {
        assert_eq!(Rid::of(Space::DB, 5), Rid(0x8a0e_0005));
        assert_eq!(Rid::of_type(TypeSpace::DB, 1, 0x1234), Rid(0x9201_1234));
        assert_eq!(Rid::of_soft_type(SoftType::DTL), Rid(0x0200_0043));
        let labels = [
            (0x8a0e_0005, "DB5"),
            (0x9200_0005, "type of DB5"),
            (0x9201_0005, "struct 1 of DB5"),
            (0x0200_0043, "type DTL"),
            (0x9001_0000, "TypesOfIArea"),
            (82, "MArea"),
            (0x7000_0cb8, "70000CB8"),
            (0x0203_0004, "02030004"),
        ];
        for (rid, label) in labels {
            assert_eq!(Rid(rid).label().to_string(), label);
        }
        let dynamic = |rid| (Rid(rid).is_dynamic(), Rid(rid).is_temporary());
        assert_eq!(dynamic(0x7000_0cb8), (true, false));
        assert_eq!(dynamic(0x1000_006a), (true, false));
        assert_eq!(dynamic(0x7fff_c001), (false, true));
        assert_eq!(dynamic(0x8a0e_0001), (false, false));
    }
}

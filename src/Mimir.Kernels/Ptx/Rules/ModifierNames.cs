using System.Collections.Frozen;

namespace Mimir.Kernels.Ptx.Rules;

/// <summary>The names that can follow an opcode.</summary>
internal static class ModifierNames
{
    /// <summary>Names of instructions or forms that the hardware has and Mimir has not.</summary>
    private static readonly FrozenSet<string> Unsupported = FrozenSet.Create(
        "b128", "b1", "b4", "u4", "s4", "b8x16", "e4m3", "e5m2", "e3m2", "e2m3", "e2m1", "e4m3x2", "e5m2x2", "e2m1x2", "ue8m0x2", "u16x2", "s16x2",
        "f32x2", "m8n8k4", "m8n8k16", "m8n8k32", "m8n8k128", "m16n8k32", "m16n8k64", "m16n8k128", "m16n8k256", "m16n16", "m8n16",
        "satfinite", "oob", "sp", "mmio", "pack", "bulk", "proxy", "alias", "tensor", "tensormap", "async", "mbarrier", "multimem", "pred_async",
        "shared::cluster", "sp::ordered_metadata", "kind::mxf8f6f4", "kind::f8f6f4", "v8", "rs", "texref", "samplerref", "surfref");

    private static readonly FrozenDictionary<string, Suffix> Names = Build().ToFrozenDictionary(suffix => suffix.Name);

    /// <summary>The suffix of that name; null when there is none.</summary>
    public static Suffix? Find(string name) => Names.GetValueOrDefault(name);

    /// <summary>Whether the hardware knows a name that Mimir does not.</summary>
    public static bool IsUnsupported(string name) => Unsupported.Contains(name);

    private static IEnumerable<Suffix> Build()
    {
        foreach (var type in Enum.GetValues<PtxType>())
            yield return new Suffix(type.Name(), SuffixKind.Type, Type: type);
        foreach (var space in new[] { StateSpace.Param, StateSpace.Global, StateSpace.Const, StateSpace.Shared, StateSpace.Local })
            yield return new Suffix(space.ToString().ToLowerInvariant(), SuffixKind.Space, Space: space);
        yield return new Suffix("shared::cta", SuffixKind.Space, Space: StateSpace.Shared) { Gate = new FeatureGate(78, 30) };
        yield return new Suffix("param::entry", SuffixKind.Space, Space: StateSpace.Param) { Gate = new FeatureGate(83, 20) };
        yield return new Suffix("param::func", SuffixKind.Space, Space: StateSpace.Param) { Gate = new FeatureGate(83, 20) };
        foreach (var (name, modifier) in PlainModifiers)
            yield return new Suffix(name, SuffixKind.Modifier, modifier);
        foreach (var (name, modifier, gate) in GatedModifiers)
            yield return new Suffix(name, SuffixKind.Modifier, modifier) { Gate = gate };
    }

    private static IEnumerable<(string, PtxModifier)> PlainModifiers =>
    [
        ("rn", PtxModifier.Rn), ("rz", PtxModifier.Rz), ("rm", PtxModifier.Rm), ("rp", PtxModifier.Rp), ("rni", PtxModifier.Rni),
        ("rzi", PtxModifier.Rzi), ("rmi", PtxModifier.Rmi), ("rpi", PtxModifier.Rpi), ("rna", PtxModifier.Rna), ("ftz", PtxModifier.Ftz),
        ("sat", PtxModifier.Sat), ("relu", PtxModifier.Relu), ("approx", PtxModifier.Approx), ("full", PtxModifier.Full),
        ("abs", PtxModifier.AbsModifier), ("lo", PtxModifier.Lo), ("hi", PtxModifier.Hi), ("wide", PtxModifier.Wide), ("cc", PtxModifier.Cc),
        ("l", PtxModifier.Left), ("r", PtxModifier.Right), ("wrap", PtxModifier.Wrap), ("clamp", PtxModifier.Clamp),
        ("shiftamt", PtxModifier.ShiftAmount), ("f4e", PtxModifier.F4e), ("b4e", PtxModifier.B4e), ("rc8", PtxModifier.Rc8),
        ("ecl", PtxModifier.Ecl), ("ecr", PtxModifier.Ecr), ("rc16", PtxModifier.Rc16), ("eq", PtxModifier.Eq), ("ne", PtxModifier.Ne),
        ("lt", PtxModifier.Lt), ("le", PtxModifier.Le), ("gt", PtxModifier.Gt), ("ge", PtxModifier.Ge), ("ls", PtxModifier.Ls),
        ("hs", PtxModifier.Hs), ("equ", PtxModifier.Equ), ("neu", PtxModifier.Neu), ("ltu", PtxModifier.Ltu), ("leu", PtxModifier.Leu),
        ("gtu", PtxModifier.Gtu), ("geu", PtxModifier.Geu), ("num", PtxModifier.Num), ("nan", PtxModifier.NanTest),
        ("finite", PtxModifier.Finite), ("infinite", PtxModifier.Infinite), ("number", PtxModifier.Number),
        ("notanumber", PtxModifier.NotANumber), ("normal", PtxModifier.Normal), ("subnormal", PtxModifier.Subnormal), ("and", PtxModifier.And),
        ("or", PtxModifier.Or), ("xor", PtxModifier.Xor), ("add", PtxModifier.AddOperation), ("min", PtxModifier.Min), ("max", PtxModifier.Max),
        ("inc", PtxModifier.Inc), ("dec", PtxModifier.Dec), ("exch", PtxModifier.Exch), ("cas", PtxModifier.Cas), ("popc", PtxModifier.Popc),
        ("noftz", PtxModifier.Noftz), ("volatile", PtxModifier.Volatile), ("relaxed", PtxModifier.Relaxed), ("acquire", PtxModifier.Acquire),
        ("release", PtxModifier.Release), ("acq_rel", PtxModifier.AcqRel), ("sc", PtxModifier.Sc), ("weak", PtxModifier.Weak),
        ("cta", PtxModifier.ScopeCta), ("gpu", PtxModifier.Gpu), ("sys", PtxModifier.Sys), ("gl", PtxModifier.Gl), ("ca", PtxModifier.Ca),
        ("cg", PtxModifier.Cg), ("cs", PtxModifier.Cs), ("lu", PtxModifier.Lu), ("cv", PtxModifier.Cv), ("wb", PtxModifier.Wb),
        ("wt", PtxModifier.Wt), ("nc", PtxModifier.Nc), ("v2", PtxModifier.V2), ("v4", PtxModifier.V4), ("to", PtxModifier.To),
        ("L1", PtxModifier.L1), ("L2", PtxModifier.L2), ("fractional", PtxModifier.Fractional), ("range", PtxModifier.Range),
        ("sync", PtxModifier.Sync), ("aligned", PtxModifier.Aligned), ("arrive", PtxModifier.Arrive), ("red", PtxModifier.Reduction),
        ("warp", PtxModifier.Warp), ("up", PtxModifier.Up), ("down", PtxModifier.Down), ("bfly", PtxModifier.Bfly), ("idx", PtxModifier.Idx),
        ("all", PtxModifier.All), ("any", PtxModifier.Any), ("uni", PtxModifier.Uni), ("ballot", PtxModifier.Ballot),
        ("m8n8", PtxModifier.M8N8), ("x1", PtxModifier.X1), ("x2", PtxModifier.X2), ("x4", PtxModifier.X4), ("trans", PtxModifier.Trans),
        ("m16n8k4", PtxModifier.M16N8K4), ("m16n8k8", PtxModifier.M16N8K8), ("m16n8k16", PtxModifier.M16N8K16), ("row", PtxModifier.Row),
        ("col", PtxModifier.Col),
    ];

    private static IEnumerable<(string, PtxModifier, FeatureGate)> GatedModifiers =>
    [
        ("NaN", PtxModifier.NaN, new(70, 80)), ("xorsign", PtxModifier.XorSign, new(72, 86)), ("cluster", PtxModifier.ScopeCluster, new(78, 90)),
        ("L2::64B", PtxModifier.L2B64, new(74, 75)), ("L2::128B", PtxModifier.L2B128, new(74, 75)), ("L2::256B", PtxModifier.L2B256, new(74, 80)),
        ("L1::evict_first", PtxModifier.EvictFirst, new(74, 70)), ("L1::evict_last", PtxModifier.EvictLast, new(74, 70)),
        ("L1::evict_normal", PtxModifier.EvictNormal, new(74, 70)), ("L1::evict_unchanged", PtxModifier.EvictUnchanged, new(74, 70)),
        ("L1::no_allocate", PtxModifier.NoAllocate, new(74, 70)), ("L2::evict_first", PtxModifier.EvictFirst, new(74, 80)),
        ("L2::evict_last", PtxModifier.EvictLast, new(74, 80)), ("L2::evict_normal", PtxModifier.EvictNormal, new(74, 80)),
        ("L2::evict_unchanged", PtxModifier.EvictUnchanged, new(74, 80)), ("L2::cache_hint", PtxModifier.L2CacheHint, new(74, 80)),
    ];
}

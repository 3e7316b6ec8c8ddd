using System.Collections.Frozen;

namespace Mimir.Kernels.Ptx.Rules;

/// <summary>Names in capitals that stand for several suffixes in the instruction tables.</summary>
internal static class InstructionClasses
{
    private static readonly FrozenDictionary<string, string[]> Members = new Dictionary<string, string>
    {
        ["RND"] = "rn|rz|rm|rp",
        ["IRND"] = "rni|rzi|rmi|rpi",
        ["I8"] = "u8|s8|u16|s16|u32|s32|u64|s64",
        ["INT"] = "u16|s16|u32|s32|u64|s64",
        ["SINT"] = "s16|s32|s64",
        ["UINT"] = "u16|u32|u64",
        ["W32"] = "u32|s32|u64|s64",
        ["BITS"] = "b16|b32|b64",
        ["SELECT"] = "b16|b32|b64|u16|s16|u32|s32|u64|s64|f32|f64",
        ["MEM"] = "b8|b16|b32|b64|u8|u16|u32|u64|s8|s16|s32|s64|f32|f64",
        ["SCMP"] = "eq|ne|lt|le|gt|ge",
        ["UCMP"] = "eq|ne|lt|le|gt|ge|lo|ls|hi|hs",
        ["FCMP"] = "eq|ne|lt|le|gt|ge|equ|neu|ltu|leu|gtu|geu|num|nan",
        ["BOOL"] = "and|or|xor",
        ["SCOPE"] = "cta|cluster|gpu|sys",
        ["LDSPACE"] = "const|global|local|param|shared|shared::cta|param::entry|param::func",
        ["STSPACE"] = "global|local|param|shared|shared::cta|param::func",
        ["STRONG"] = "global|shared|shared::cta",
        ["LDCOP"] = "ca|cg|cs|lu|cv",
        ["STCOP"] = "wb|cg|cs|wt",
        ["EVICT"] = "L1::evict_normal|L1::evict_unchanged|L1::evict_first|L1::evict_last|L1::no_allocate",
        ["SECOND"] = "L2::evict_last|L2::evict_normal|L2::evict_first|L2::evict_unchanged",
        ["FETCH"] = "L2::64B|L2::128B|L2::256B",
        ["VEC"] = "v2|v4",
    }.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.Split('|'));

    private static readonly (string Example, string Noun)[] Nouns =
    [
        ("rn", "a rounding modifier"), ("rni", "an integer rounding modifier"), ("eq", "a comparison"), ("gpu", "a scope"),
        ("sync", "the modifier"), ("aligned", "the modifier"), ("m8n8", "the shape"), ("m16n8k8", "a shape"),
        ("global", "a state space"), ("shared", "a state space"), ("x1", "the number of matrices"), ("and", "an operation"), ("add", "an operation"),
    ];

    /// <summary>The suffix names of a slot, classes written out.</summary>
    public static string[] Expand(string slot) =>
        slot.Split('|').SelectMany(name => Members.TryGetValue(name, out var members) ? members : [name]).ToArray();

    /// <summary>What a message calls a slot that is missing, with its choices.</summary>
    public static string Describe(IReadOnlyList<string> choices)
    {
        var noun = ModifierNames.Find(choices[0])!.Kind == SuffixKind.Type
            ? "a type"
            : Nouns.FirstOrDefault(pair => choices.Contains(pair.Example)).Noun;
        var list = choices.Count == 1
            ? "." + choices[0]
            : string.Join(", ", choices.Take(choices.Count - 1).Select(name => "." + name)) + " or ." + choices[^1];
        return noun is null ? list : noun.StartsWith("the modifier") ? list : $"{noun}: {list}";
    }
}

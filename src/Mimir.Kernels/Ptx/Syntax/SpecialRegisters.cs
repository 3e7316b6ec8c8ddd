using System.Collections.Frozen;

namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>The names of special registers with their types.</summary>
internal static class SpecialRegisters
{
    private static readonly FrozenDictionary<string, (SpecialRegister Register, PtxType Type)> Names = Build().ToFrozenDictionary();

    /// <summary>Special registers of clusters, which exist from sm_90 on.</summary>
    private static readonly FrozenSet<string> Unsupported = FrozenSet.Create(
        "%clusterid", "%nclusterid", "%cluster_ctaid", "%cluster_nctaid", "%cluster_ctarank", "%cluster_nctarank", "%is_explicit_cluster",
        "%aggr_smem_size", "%current_graph_exec", "%reserved_smem_offset_begin", "%reserved_smem_offset_end", "%reserved_smem_offset_cap");

    /// <summary>The register named, with its component; null when there is none.</summary>
    public static (SpecialRegister Register, PtxType Type)? Find(string name, string? component)
    {
        if (Names.TryGetValue(component is null ? name : $"{name}.{component}", out var found))
            return found;
        return IsNumbered(name, "%pm", 8) || IsNumbered(name, "%envreg", 32) ? (SpecialRegister.Zero, PtxType.U32) : null;
    }

    /// <summary>Whether a name belongs to special registers that are refused.</summary>
    public static bool IsUnsupported(string name) => Unsupported.Contains(name) || name.StartsWith("%reserved_smem_offset_");

    /// <summary>Whether a name is one of the special registers with components.</summary>
    public static bool IsVector(string name) => name is "%tid" or "%ntid" or "%ctaid" or "%nctaid";

    private static bool IsNumbered(string name, string prefix, int count) =>
        name.StartsWith(prefix) && int.TryParse(name.AsSpan(prefix.Length), out var number) && number < count;

    private static IEnumerable<KeyValuePair<string, (SpecialRegister, PtxType)>> Build()
    {
        var vectors = new[] { SpecialRegister.TidX, SpecialRegister.NtidX, SpecialRegister.CtaidX, SpecialRegister.NctaidX };
        foreach (var (vector, name) in vectors.Zip(["%tid", "%ntid", "%ctaid", "%nctaid"]))
        {
            for (var i = 0; i < 3; i++)
                yield return KeyValuePair.Create($"{name}.{"xyz"[i]}", (vector + i, PtxType.U32));
        }
        foreach (var (name, register) in Scalars)
            yield return KeyValuePair.Create(name, (register, PtxType.U32));
        yield return KeyValuePair.Create("%gridid", (SpecialRegister.GridId, PtxType.U64));
        yield return KeyValuePair.Create("%clock64", (SpecialRegister.Clock64, PtxType.U64));
        yield return KeyValuePair.Create("%globaltimer", (SpecialRegister.GlobalTimer, PtxType.U64));
    }

    private static IEnumerable<(string, SpecialRegister)> Scalars =>
    [
        ("%laneid", SpecialRegister.LaneId), ("%warpid", SpecialRegister.WarpId), ("%nwarpid", SpecialRegister.NWarpId),
        ("%smid", SpecialRegister.SmId), ("%nsmid", SpecialRegister.NSmId), ("%lanemask_eq", SpecialRegister.LaneMaskEq),
        ("%lanemask_lt", SpecialRegister.LaneMaskLt), ("%lanemask_le", SpecialRegister.LaneMaskLe), ("%lanemask_gt", SpecialRegister.LaneMaskGt),
        ("%lanemask_ge", SpecialRegister.LaneMaskGe), ("%clock", SpecialRegister.Clock), ("%clock_hi", SpecialRegister.ClockHi),
        ("%globaltimer_lo", SpecialRegister.GlobalTimerLo), ("%globaltimer_hi", SpecialRegister.GlobalTimerHi),
        ("%dynamic_smem_size", SpecialRegister.DynamicSmemSize), ("%total_smem_size", SpecialRegister.TotalSmemSize),
    ];
}

using System.Collections.Frozen;

namespace Mimir.Kernels.Ptx.Rules;

/// <summary>Instructions that the hardware has and Mimir refuses by name.</summary>
internal static class UnsupportedInstructions
{
    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        // textures and surfaces
        "tex", "tld4", "txq", "istypep", "suld", "sust", "sured", "suq",
        // video
        "vadd", "vsub", "vabsdiff", "vmin", "vmax", "vshl", "vshr", "vmad", "vset", "vadd2", "vsub2", "vavrg2", "vabsdiff2", "vmin2", "vmax2",
        "vset2", "vadd4", "vsub4", "vavrg4", "vabsdiff4", "vmin4", "vmax4", "vset4",
        // matrix units of other generations, asynchronous proxies and clusters
        "wmma", "wgmma", "tcgen05", "mbarrier", "stmatrix", "movmatrix", "mapa", "getctarank", "multimem", "tensormap", "elect",
        "clusterlaunchcontrol", "griddepcontrol", "setmaxnreg",
        // rest
        "brx", "alloca", "stacksave", "stackrestore", "fns", "bmsk", "szext", "pmevent", "suspend");

    /// <summary>Whether an opcode with its suffixes is one of them.</summary>
    public static bool Contains(string opcode, IReadOnlyList<string> suffixes) => Names.Contains(opcode) || opcode switch
    {
        "cp" => suffixes.Count == 0 || suffixes[0] != "async",
        "barrier" => suffixes.Count > 0 && suffixes[0] == "cluster",
        "mma" => suffixes.Any(name => name is "u8" or "s8" or "f64"),
        _ => false,
    };
}

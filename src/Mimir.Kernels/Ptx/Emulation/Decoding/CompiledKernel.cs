using System.Runtime.InteropServices;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>A kernel parameter, or a piece of one, in a place of the register file.</summary>
/// <param name="Offset">In the parameter block.</param>
/// <param name="Type">As loaded.</param>
/// <param name="Place">In the register file.</param>
/// <param name="IsWide">Whether the place has 64-bit lanes.</param>
internal readonly record struct ParameterPlace(int Offset, PtxType Type, int Place, bool IsWide);

/// <summary>A kernel with the device functions it calls, in the interpreter's form. Not changed after it is made: workers copy the code.</summary>
internal sealed unsafe class CompiledKernel
{
    private readonly DecodedInstruction[] _code;

    /// <summary>Holds the lists that the instructions point to.</summary>
    private readonly int[] _lists;

    /// <summary>Keeps what the decoder made.</summary>
    /// <param name="code">The instructions; their lists are given as 1-based indices into <paramref name="lists"/>.</param>
    /// <param name="lists">Offsets of vectors and fragments.</param>
    public CompiledKernel(DecodedInstruction[] code, int[] lists)
    {
        _code = code;
        _lists = GC.AllocateUninitializedArray<int>(Math.Max(lists.Length, 1), pinned: true);
        lists.CopyTo(_lists, 0);
        var start = (int*)Marshal.UnsafeAddrOfPinnedArrayElement(_lists, 0);
        for (var n = 0; n < code.Length; n++)
            code[n].List = code[n].List is null ? null : start + ((nint)code[n].List - 1);
    }

    /// <summary>The code.</summary>
    public ReadOnlySpan<DecodedInstruction> Code => _code;

    /// <summary>The instructions that <see cref="DecodedInstruction.Index"/> means: the kernel's first, then those of the functions it calls.</summary>
    public required IReadOnlyList<PtxInstruction> Instructions { get; init; }

    /// <summary>The register file.</summary>
    public required RegisterLayout Layout { get; init; }

    /// <summary>Parameters that lie in the register file.</summary>
    public required IReadOnlyList<ParameterPlace> Parameters { get; init; }

    /// <summary>Frames of recursive functions.</summary>
    public required IReadOnlyList<CallFrame> Frames { get; init; }

    /// <summary>Places, with their sizes, that may be read before they are written.</summary>
    public required IReadOnlyList<(int Place, int Bytes)> Cleared { get; init; }

    /// <summary>Bytes of local memory a thread.</summary>
    public required int LocalBytes { get; init; }

    /// <summary>Bytes of static shared memory.</summary>
    public required int StaticSharedBytes { get; init; }

    /// <summary>Where the dynamic area begins.</summary>
    public required int DynamicSharedOffset { get; init; }
}

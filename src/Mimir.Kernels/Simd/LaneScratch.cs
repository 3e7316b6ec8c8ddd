using System.Runtime.InteropServices;

namespace Mimir.Kernels.Simd;

/// <summary>Scratch memory of the current thread that stays warm between calls: each kernel names its slots and gets the same
/// bytes back every time. Content is undefined; a slot's memory is valid until the same thread asks for that slot again.</summary>
internal static unsafe class LaneScratch
{
    [ThreadStatic]
    private static nint[]? t_blocks;

    [ThreadStatic]
    private static long[]? t_bytes;

    /// <summary>At least <paramref name="count"/> floats, 64-byte aligned.</summary>
    public static float* Floats(ScratchSlot slot, long count)
    {
        var blocks = t_blocks ??= new nint[Enum.GetValues<ScratchSlot>().Length];
        var sizes = t_bytes ??= new long[blocks.Length];
        var bytes = count * sizeof(float);
        var i = (int)slot;
        if (sizes[i] < bytes)
        {
            NativeMemory.AlignedFree((void*)blocks[i]);
            blocks[i] = (nint)NativeMemory.AlignedAlloc((nuint)bytes, 64);
            sizes[i] = bytes;
        }

        return (float*)blocks[i];
    }
}

/// <summary>Who uses a block of <see cref="LaneScratch"/>.</summary>
internal enum ScratchSlot
{
    /// <summary>The sort keys of one image's patches.</summary>
    TokenOrder,

    /// <summary>Columns of all samples, side by side, for the gradient of a Gram matrix.</summary>
    GramPanel,

    /// <summary>Packed rows of a matrix product's left operand.</summary>
    MatMulA,

    /// <summary>Packed panels of a matrix product's right operand.</summary>
    MatMulB,

    /// <summary>Edge tiles of a matrix product, and tiles of a weight that is packed.</summary>
    MatMulTile,

    /// <summary>Packed keys, values and scores of one attention head.</summary>
    Attention,

    /// <summary>Gradients of one attention head before they are laid out.</summary>
    AttentionGradient,

    /// <summary>Partial sums of a reduction over rows.</summary>
    Reduction,

    /// <summary>A block of a sum of arrays that is reduced at once.</summary>
    ReductionBlock,

    /// <summary>The bump of one image's window in the Square attack, and its channels' factors.</summary>
    SquareBump,
}

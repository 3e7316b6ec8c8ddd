using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

/// <content>The launches of <c>kernels/attention*.ptx</c>. Which form runs is a matter of the head size, and for heads of 64 channels of
/// the device's precision: see docs/kernels/attention.md.</content>
public static partial class Attention
{
    private const int NarrowHeadSize = 8; // one thread's registers hold a row
    private const int TiledHeadSize = 64; // a warp's registers hold the results of its rows
    private const int TensorHeadSize = 64;
    private const int RowsOfAWarp = 16; // of the tiled and the tensor-core forms
    private const int StageBytes = 32 * 1024; // two tiles of 32 tokens of the other side's two arrays, twice
    private const int ColumnScalarBytes = 512;
    private const int DotsPerBlock = 32; // eight threads each

    private static readonly PtxKernel s_rowDots = new("attention", "attention_row_dots_f32");

    private static readonly AttentionForm s_any = new("attention", "attention")
    {
        RowsOfAWarp = 1, MostWarps = new(4, 4, 4),
    };

    private static readonly AttentionForm s_narrow = new("attention_narrow", "attention_narrow")
    {
        RowsOfAWarp = 32, MostWarps = new(4, 4, 4),
    };

    // At most 99 KB of shared memory, which every card from sm_80 on gives a block.
    private static readonly AttentionForm s_tiled = new("attention_tiled", "attention_tiled")
    {
        RowsOfAWarp = RowsOfAWarp, MostWarps = new(8, 6, 5),
        SharedBytes = new(StageBytes, StageBytes, StageBytes + ColumnScalarBytes), SharedBytesOfAWarp = new(6 * 1024, 10 * 1024, 12 * 1024),
        SecondTileBytes = StageBytes / 2,
    };

    private static readonly AttentionForm s_tf32 = new("attention_tf32", "attention_tf32")
    {
        RowsOfAWarp = RowsOfAWarp, MostWarps = new(8, 8, 8),
        SharedBytes = new(StageBytes, StageBytes, StageBytes + ColumnScalarBytes), SharedBytesOfAWarp = new(4 * 1024, 8 * 1024, 8 * 1024),
        SecondTileBytes = StageBytes / 2,
    };

    private static readonly AttentionForm s_bf16 = new("attention_bf16", "attention_bf16")
    {
        RowsOfAWarp = RowsOfAWarp, MostWarps = new(8, 8, 8),
        SharedBytes = new(StageBytes, StageBytes, StageBytes + ColumnScalarBytes), SharedBytesOfAWarp = new(2 * 1024, 4 * 1024, 4 * 1024),
        SecondTileBytes = StageBytes / 4, // half the stage is floats that are not rounded yet, of one tile anyway
    };

    private static void ForwardOnPtx(
        PtxDevice gpu, DeviceSpan<float> qkv, int batch, int tokens, int heads, int headSize, DeviceSpan<float> y, DeviceSpan<float> logSumExp)
    {
        var quads = headSize % 4 == 0 && qkv.IsAlignedTo(16) && y.IsAlignedTo(16);
        var form = FormFor(gpu, headSize, quads);
        var arguments = new KernelArguments().Add(qkv).Add(tokens).Add(heads);
        AddSizes(ref arguments, form, headSize, quads);
        arguments.Add(y).Add(logSumExp);
        form.Launch(gpu, AttentionPass.Forward, checked(batch * heads), tokens, arguments);
    }

    private static void BackwardOnPtx(
        PtxDevice gpu,
        DeviceSpan<float> dY,
        DeviceSpan<float> qkv,
        DeviceSpan<float> y,
        DeviceSpan<float> logSumExp,
        int batch,
        int tokens,
        int heads,
        int headSize,
        DeviceSpan<float> dQkv)
    {
        var pairs = checked(batch * heads);
        var rowDots = gpu.Scratch<float>(PtxScratchSlot.Partials, (long)pairs * tokens);
        gpu.Launch(
            s_rowDots, new Dim3(pairs, (tokens - 1) / DotsPerBlock + 1), new Dim3(8 * DotsPerBlock), 0,
            new KernelArguments().Add(dY).Add(y).Add(tokens).Add(heads).Add(headSize).Add(rowDots));

        var quads = headSize % 4 == 0 && dY.IsAlignedTo(16) && qkv.IsAlignedTo(16) && dQkv.IsAlignedTo(16);
        var form = FormFor(gpu, headSize, quads);
        var arguments = new KernelArguments().Add(dY).Add(qkv).Add(logSumExp).Add(rowDots).Add(tokens).Add(heads);
        AddSizes(ref arguments, form, headSize, quads);
        arguments.Add(dQkv);
        form.Launch(gpu, AttentionPass.QueryGradient, pairs, tokens, arguments);
        form.Launch(gpu, AttentionPass.KeyGradient, pairs, tokens, arguments);
    }

    private static AttentionForm FormFor(PtxDevice gpu, int headSize, bool quads) => headSize switch
    {
        <= NarrowHeadSize => s_narrow,
        TensorHeadSize when quads && gpu.Precision == MatrixPrecision.TensorFloat32 => s_tf32,
        TensorHeadSize when quads && gpu.Precision == MatrixPrecision.BFloat16 => s_bf16,
        <= TiledHeadSize => s_tiled,
        _ => s_any,
    };

    // The kernels' scores are exponents of two.
    private static void AddSizes(ref KernelArguments arguments, AttentionForm form, int headSize, bool quads)
    {
        if (form != s_tf32 && form != s_bf16)
            arguments.Add(headSize);
        arguments.Add((float)(Math.Log2(Math.E) / Math.Sqrt(headSize)));
        if (form == s_tiled)
            arguments.Add(quads ? 1 : 0);
    }
}

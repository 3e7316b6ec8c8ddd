using Mimir.Kernels;

namespace Mimir.Runtime.Benchmarks.Cases;

/// <summary>Attention over visible tokens, all tokens of 4x4 patches and of 2x2 patches, in encoders and in the decoder.</summary>
internal static class AttentionCases
{
    private const string Family = "Attention";
    private const int Rows = 520; // about the tokens of a micro-batch

    private static readonly (int HeadSize, int Heads, string Note)[] s_heads = [(64, 3, "encoder"), (8, 16, "decoder")];
    private static readonly int[] s_tokens = [17, 65, 257];

    /// <summary>The cases.</summary>
    public static IEnumerable<KernelCase> All() =>
        s_heads.SelectMany(head => s_tokens.SelectMany(tokens => Pair(tokens, head.Heads, head.HeadSize, head.Note)));

    private static IEnumerable<KernelCase> Pair(int tokens, int heads, int headSize, string note)
    {
        var batch = Rows / tokens;
        var (rows, width) = ((long)batch * tokens, (long)heads * headSize);
        return
        [
            new(Family, note, arrays =>
            {
                var (qkv, y, logSumExp) = (arrays.Floats(rows * 3 * width), arrays.Floats(rows * width), arrays.Floats(rows * heads));
                return () => Attention.Forward(qkv, batch, tokens, heads, headSize, y, logSumExp);
            }),
            new(Family, note, arrays =>
            {
                var (qkv, y, logSumExp) = (arrays.Floats(rows * 3 * width), arrays.Floats(rows * width), arrays.Floats(rows * heads));
                var (dY, dQkv) = (arrays.Floats(rows * width), arrays.Floats(rows * 3 * width));
                Attention.Forward(qkv, batch, tokens, heads, headSize, y, logSumExp);
                return () => Attention.Backward(dY, qkv, y, logSumExp, batch, tokens, heads, headSize, dQkv);
            }),
        ];
    }
}

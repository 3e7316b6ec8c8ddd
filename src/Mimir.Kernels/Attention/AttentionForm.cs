using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

/// <summary>The kernels that attention consists of on a GPU.</summary>
internal enum AttentionPass
{
    /// <summary>Output and log-sum-exp; rows are queries.</summary>
    Forward,

    /// <summary>The queries' gradient; rows are queries.</summary>
    QueryGradient,

    /// <summary>The keys' and values' gradients; rows are keys.</summary>
    KeyGradient,
}

/// <summary>One form of attention on a GPU: three kernels, and how their blocks are cut. A block has an image's head and up to so many
/// warps, each with its rows; the rows are spread over as few blocks as that allows, evenly.</summary>
/// <param name="file">The PTX file.</param>
/// <param name="name">What its entries begin with.</param>
internal sealed class AttentionForm(string file, string name)
{
    private const int TokensOfATile = 32;

    private readonly PtxKernel _forward = new(file, $"{name}_forward_f32");
    private readonly PtxKernel _queryGradient = new(file, $"{name}_backward_queries_f32");
    private readonly PtxKernel _keyGradient = new(file, $"{name}_backward_keys_f32");

    /// <summary>Rows of a warp.</summary>
    public required int RowsOfAWarp { get; init; }

    /// <summary>Warps of a block at most: bounded by the kernels' .maxntid and by shared memory.</summary>
    public required PerPass MostWarps { get; init; }

    /// <summary>Dynamic shared memory of a block in bytes, but for the warps' share.</summary>
    public PerPass SharedBytes { get; init; }

    /// <summary>What every warp adds to it.</summary>
    public PerPass SharedBytesOfAWarp { get; init; }

    /// <summary>What is left out of it where the tokens fit into one tile, so that there is none to copy ahead.</summary>
    public int SecondTileBytes { get; init; }

    /// <summary>Starts one pass over <paramref name="pairs"/> of an image and a head.</summary>
    public void Launch(PtxDevice gpu, AttentionPass pass, int pairs, int tokens, in KernelArguments arguments)
    {
        var tiles = Ceiling(tokens, RowsOfAWarp);
        var warps = Ceiling(tiles, Ceiling(tiles, MostWarps[pass]));
        var kernel = pass switch
        {
            AttentionPass.Forward => _forward,
            AttentionPass.QueryGradient => _queryGradient,
            _ => _keyGradient,
        };
        var sharedBytes = SharedBytes[pass] + warps * SharedBytesOfAWarp[pass] - (tokens <= TokensOfATile ? SecondTileBytes : 0);
        gpu.Launch(kernel, new Dim3(pairs, Ceiling(tiles, warps)), new Dim3(32 * warps), sharedBytes, arguments);
    }

    private static int Ceiling(int count, int size) => (int)(((long)count + size - 1) / size);

    /// <summary>A number for each pass.</summary>
    internal readonly record struct PerPass(int Forward, int QueryGradient, int KeyGradient)
    {
        /// <summary>The pass's own.</summary>
        public int this[AttentionPass pass] => pass switch
        {
            AttentionPass.Forward => Forward,
            AttentionPass.QueryGradient => QueryGradient,
            _ => KeyGradient,
        };
    }
}

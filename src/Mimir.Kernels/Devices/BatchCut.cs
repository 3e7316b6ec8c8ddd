namespace Mimir.Kernels.Devices;

/// <summary>How a device wants a step's batch cut into micro-batches. A property of the kind of device, never of its size: the cut decides
/// the order of sums, and with it the last bits of a result.</summary>
/// <param name="Tokens">Tokens of a micro-batch, about.</param>
/// <param name="FewestShards">Fewest gradient sums that the micro-batches are shared by, where there are images enough.</param>
/// <param name="MostShards">Most of them.</param>
public readonly record struct BatchCut(int Tokens, int FewestShards, int MostShards)
{
    /// <summary>For cores that work side by side: 8 images of 65 tokens are rows enough for the products, and little enough for a core's cache.</summary>
    public static BatchCut ForCores => new(520, 2, 8);

    /// <summary>For a GPU: usual batches in one piece, since every launch costs and every multiprocessor wants blocks. What a block of
    /// vit_base keeps of so many tokens is some 1.5 GB.</summary>
    public static BatchCut Whole => new(32768, 1, 1);
}

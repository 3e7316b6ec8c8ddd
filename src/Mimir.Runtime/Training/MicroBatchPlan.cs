using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Training;

/// <summary>How a batch is cut: into micro-batches whose activations stay near one core, and those into a few shards, each of which sums
/// the gradients of its micro-batches in order. The cut follows from sizes and the kind of device alone, never from the number of threads, so results do
/// not depend on it.</summary>
public sealed class MicroBatchPlan
{
    private const long ShardBytes = 96L << 20; // gradients beyond the first copy; on cores small models get 8 shards, large ones 2

    /// <summary>Cuts a batch.</summary>
    /// <param name="cut">What the device wants.</param>
    /// <param name="batch">Images.</param>
    /// <param name="tokens">Tokens an image in the encoder.</param>
    /// <param name="parameters">Elements of one gradient copy; 0 where no gradients are summed.</param>
    public MicroBatchPlan(BatchCut cut, int batch, int tokens, long parameters)
    {
        Batch = batch;
        var images = Math.Max(1, cut.Tokens / tokens);
        var enough = Math.Min(batch, Math.Max(cut.FewestShards, (batch + images - 1) / images));
        var most = Math.Min(cut.MostShards, AdamW.MostGradients);
        var affordable = parameters == 0 ? most : (int)Math.Clamp(ShardBytes / (parameters * sizeof(float)), cut.FewestShards, most);
        var shards = Math.Min(affordable, enough);
        Count = Math.Min(batch, (enough + shards - 1) / shards * shards); // the same for every shard, so that no lane waits for another
        Shards = parameters == 0 ? Count : shards;
        MicroBatch = (batch + Count - 1) / Count;
    }

    /// <summary>Images in all.</summary>
    public int Batch { get; }

    /// <summary>Most images of a micro-batch; some may have one fewer.</summary>
    public int MicroBatch { get; }

    /// <summary>Number of micro-batches.</summary>
    public int Count { get; }

    /// <summary>Number of gradient sums.</summary>
    public int Shards { get; }

    /// <summary>First micro-batch of a shard; that of shard <see cref="Shards"/> is <see cref="Count"/>.</summary>
    public int FirstOf(int shard) => (int)((long)Count * shard / Shards);

    /// <summary>First image of a micro-batch.</summary>
    public int Start(int microBatch) => (int)((long)Batch * microBatch / Count);

    /// <summary>Images of one micro-batch.</summary>
    public int SizeOf(int microBatch) => Start(microBatch + 1) - Start(microBatch);
}

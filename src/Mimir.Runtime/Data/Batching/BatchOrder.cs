namespace Mimir.Runtime.Data;

/// <summary>Which images make up which batch. Used by one thread.</summary>
internal abstract class BatchOrder
{
    /// <summary>Batches of one epoch.</summary>
    public abstract int BatchesPerEpoch { get; }

    /// <summary>Describes the next batch and fills in its indices; false at the end.</summary>
    public abstract bool Next(Batch batch);
}

/// <summary>Endless epochs, each in an order of its own that depends on (seed, epoch) only. Images that do not fill a batch are left out of that epoch.</summary>
internal sealed class TrainingOrder : BatchOrder
{
    private readonly DataRandom _random = new();
    private readonly int[] _order;
    private readonly int _size;
    private readonly ulong _seed;
    private int _epoch;
    private int _number;

    public TrainingOrder(int images, int size, ulong seed, int epoch, int number)
    {
        _order = new int[images];
        _size = size;
        _seed = seed;
        (_epoch, _number) = number == BatchesPerEpoch ? (epoch + 1, 0) : (epoch, number);
        Shuffle();
    }

    public override int BatchesPerEpoch => _order.Length / _size;

    public override bool Next(Batch batch)
    {
        if (_number == BatchesPerEpoch)
        {
            (_epoch, _number) = (checked(_epoch + 1), 0);
            Shuffle();
        }

        batch.Set(_epoch, _number, _size);
        _order.AsSpan(_number * _size, _size).CopyTo(batch.HostIndices);
        _number++;
        return true;
    }

    private void Shuffle()
    {
        for (var i = 0; i < _order.Length; i++)
            _order[i] = i;
        _random.SeekOrder(_seed, _epoch);
        _random.Shuffle(_order);
    }
}

/// <summary>All images once, in the order of the set; the last batch may be smaller.</summary>
internal sealed class EvaluationOrder(int images, int size) : BatchOrder
{
    private int _number;

    public override int BatchesPerEpoch => (images + size - 1) / size;

    public override bool Next(Batch batch)
    {
        if (_number == BatchesPerEpoch)
            return false;
        var first = _number * size;
        batch.Set(0, _number++, Math.Min(size, images - first));
        var indices = batch.HostIndices;
        for (var i = 0; i < indices.Length; i++)
            indices[i] = first + i;
        return true;
    }
}

namespace Mimir.Runtime.Data.Augmentation;

/// <summary>Applies a plan to images of one set, with memory of its own: one object a thread, no allocation an image.</summary>
/// <param name="images">The set.</param>
/// <param name="plan">What to do to its images.</param>
/// <param name="seed">The run's seed.</param>
public sealed class Augmenter(ImageSet images, AugmentationPlan plan, ulong seed)
{
    private readonly DataRandom _random = new();
    private readonly float[][] _stages = Stages(images.Shape, plan);

    /// <summary>The size of the images that come out.</summary>
    public ImageShape Output { get; } = plan.Output(images.Shape);

    /// <summary>Makes one training image. The result depends on the set, the plan, the seed, the epoch and the index, and on nothing else.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="index">The image's number in the set.</param>
    /// <param name="destination">The image, of size <see cref="Output"/>; overwritten.</param>
    public void Make(int epoch, int index, Span<float> destination)
    {
        if (plan.Steps.Count == 0)
        {
            images.CopyImage(index, destination);
            return;
        }

        images.CopyImage(index, _stages[0]);
        _random.SeekImage(seed, epoch, index);
        var shape = images.Shape;
        for (var i = 0; i < plan.Steps.Count; i++)
        {
            var last = i == plan.Steps.Count - 1;
            plan.Steps[i].Apply(_stages[i], shape, last ? destination : _stages[i + 1], _random);
            shape = plan.Steps[i].Output(shape);
        }
    }

    private static float[][] Stages(ImageShape shape, AugmentationPlan plan)
    {
        var stages = new float[plan.Steps.Count][];
        for (var i = 0; i < stages.Length; i++)
        {
            stages[i] = new float[shape.Values];
            shape = plan.Steps[i].Output(shape);
        }

        return stages;
    }
}

namespace Mimir.Runtime.Data.Augmentation;

/// <summary>The augmentations of a recipe, in the order in which they are applied. Each <see cref="DataFormat"/> names the plan of its images.</summary>
/// <param name="steps">The augmentations; none leaves images as they are.</param>
public sealed class AugmentationPlan(params IReadOnlyList<IAugmentation> steps)
{
    /// <summary>No change.</summary>
    public static AugmentationPlan None { get; } = new();

    /// <summary>The augmentations, first one first.</summary>
    public IReadOnlyList<IAugmentation> Steps { get; } = steps;

    /// <summary>Random crop with zero padding.</summary>
    public static AugmentationPlan Crop(int padding) => new(new RandomCrop(padding));

    /// <summary>Random crop with zero padding, then horizontal flip: the recipe of CIFAR.</summary>
    public static AugmentationPlan CropAndFlip(int padding) => new(new RandomCrop(padding), new HorizontalFlip());

    /// <summary>Random resized crop of area 0.2 to 1, then horizontal flip: the recipe of ImageNet.</summary>
    public static AugmentationPlan ResizedCropAndFlip(int size) => new(new RandomResizedCrop(size), new HorizontalFlip());

    /// <summary>The size of the images that come out.</summary>
    public ImageShape Output(ImageShape input) => Steps.Aggregate(input, (shape, step) => step.Output(shape));

    /// <inheritdoc/>
    public override string ToString() => Steps.Count == 0 ? "none" : string.Join(", ", Steps);
}

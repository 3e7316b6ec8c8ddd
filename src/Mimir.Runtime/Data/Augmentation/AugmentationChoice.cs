namespace Mimir.Runtime.Data.Augmentation;

/// <summary>What is done to training images.</summary>
public enum AugmentationChoice
{
    /// <summary>What the data's format names: crop and flip for CIFAR, a crop without flip for digits and npy.</summary>
    Format,

    /// <summary>Nothing.</summary>
    None,

    /// <summary>Random crop after zero padding by an eighth of the side.</summary>
    Crop,

    /// <summary>That crop, then horizontal flip: the published recipe of CIFAR-10.</summary>
    CropFlip,

    /// <summary>Random resized crop of area 0.2 to 1, then horizontal flip: the published recipe of ImageNet.</summary>
    ResizedCropFlip,
}

/// <summary>Makes the plan of a choice.</summary>
public static class AugmentationChoices
{
    private const int PaddingShare = 8;

    /// <summary>The plan for images of a set.</summary>
    public static AugmentationPlan For(this AugmentationChoice choice, ImageSet images)
    {
        var side = Math.Min(images.Shape.Height, images.Shape.Width);
        var padding = Math.Max(1, side / PaddingShare);
        return choice switch
        {
            AugmentationChoice.Format => DataFormats.Parse(images.Name).TrainingAugmentation(images.Shape),
            AugmentationChoice.None => AugmentationPlan.None,
            AugmentationChoice.Crop => AugmentationPlan.Crop(padding),
            AugmentationChoice.CropFlip => AugmentationPlan.CropAndFlip(padding),
            AugmentationChoice.ResizedCropFlip => AugmentationPlan.ResizedCropAndFlip(side),
            _ => throw new ArgumentOutOfRangeException(nameof(choice)),
        };
    }
}

namespace Mimir.Runtime.Randomness;

/// <summary>What random numbers are drawn for; each has streams of its own under one seed.</summary>
public enum RandomPurpose
{
    /// <summary>Starting values of parameters; one stream a parameter.</summary>
    Initialisation = 1,

    /// <summary>Which patches a training step hides; one stream a step.</summary>
    Mask,

    /// <summary>Which patches the attack's own mask hides; one stream a step.</summary>
    AttackMask,

    /// <summary>Random start of an attack; one stream a step, or a restart of an evaluation.</summary>
    AttackStart,

    /// <summary>Stochastic depth of what is attacked; one stream a step.</summary>
    DropPath,

    /// <summary>Order of the images; one stream an epoch.</summary>
    Shuffle,

    /// <summary>Crops and flips; one stream an image and epoch.</summary>
    Augmentation,

    /// <summary>Windows of the square attack; one stream an image and run.</summary>
    SquareWindow,

    /// <summary>Signs of the square attack; one stream an image and run.</summary>
    SquareSign,

    /// <summary>How far out a random start in an L2 ball is; one stream a restart.</summary>
    AttackRadius,

    /// <summary>Stochastic depth of the natural images, where a step looks at both; one stream a step.</summary>
    NaturalDropPath,

    /// <summary>What a common corruption draws; one stream an image, corruption and severity.</summary>
    Corruption = 40,

    /// <summary>Directions of a loss surface; one stream an image or tensor and direction.</summary>
    Landscape,

    /// <summary>Pixels at which a gradient is compared with differences; one stream an image.</summary>
    CheckedPixel,
}

/// <summary>Numbers the streams of the counter-based generator. Nothing is drawn from a shared generator, so a run's random state is its
/// seed and position, and no draw depends on threads or order.</summary>
public static class RandomStreams
{
    /// <summary>The stream for a purpose and a step, epoch or parameter number.</summary>
    public static ulong Of(RandomPurpose purpose, long number) => ((ulong)purpose << 56) | ((ulong)number & 0x00FFFFFFFFFFFFFF);
}

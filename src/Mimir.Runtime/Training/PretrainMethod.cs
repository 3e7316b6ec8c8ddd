namespace Mimir.Runtime.Training;

/// <summary>The ablation rows of the paper (Table IX).</summary>
public enum PretrainMethod
{
    /// <summary>No attack, no penalty: a plain masked auto-encoder.</summary>
    Mae,

    /// <summary>Attack, no penalty.</summary>
    AdvMae,

    /// <summary>Attack and penalty.</summary>
    Mimir,
}

/// <summary>Which mask the attack on the auto-encoder uses.</summary>
public enum AttackMask
{
    /// <summary>The training step's own (the paper).</summary>
    Shared,

    /// <summary>A new one (the published code).</summary>
    Fresh,
}

/// <summary>What the attacked auto-encoder has to rebuild.</summary>
public enum AttackTarget
{
    /// <summary>The natural images (the paper).</summary>
    Natural,

    /// <summary>The attacked images themselves, with the gradient through the target too (the published code).</summary>
    Perturbed,
}

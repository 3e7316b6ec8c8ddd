namespace Mimir.Runtime.Training;

/// <summary>How a classifier is trained: what it sees, and what is asked of it. x are the natural images, x' the attacked ones.</summary>
public enum TrainingLoss
{
    /// <summary>Cross-entropy of x' made by PGD on cross-entropy (Madry et al. 2018, arXiv:1706.06083).</summary>
    Pgd,

    /// <summary>Cross-entropy of x plus β·KL(f(x) ‖ f(x')), x' made by PGD on that divergence (TRADES, Zhang et al. 2019, arXiv:1901.08573).</summary>
    Trades,

    /// <summary>A margin of x' plus a divergence that weighs misclassified images more (MART, Wang et al. 2020), x' made by PGD on
    /// cross-entropy.</summary>
    Mart,

    /// <summary>As <see cref="Pgd"/> with one step of 1.25 ε (Wong et al. 2020, arXiv:2001.03994).</summary>
    Fast,

    /// <summary>Every batch is replayed; each replay updates the weights and the perturbation with one backward pass
    /// (Shafahi et al. 2019, arXiv:1904.12843).</summary>
    Free,

    /// <summary>Cross-entropy of x' made by two steps of APGD from x (Croce and Hein 2020, arXiv:2003.01690; Singh et al. 2023, arXiv:2303.01870).</summary>
    Apgd,

    /// <summary>Cross-entropy of x: no attack.</summary>
    Natural,
}

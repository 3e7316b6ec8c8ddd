namespace Mimir.Runtime.Benchmarks;

/// <summary>What a step belongs to.</summary>
public enum StepTask
{
    /// <summary>MIMIR's pre-training: one attack step, HSIC-CCA, AdamW.</summary>
    Pretrain,

    /// <summary>PGD-10 adversarial training with drop path, label smoothing and AdamW.</summary>
    Finetune,

    /// <summary>PGD-20 and a look at the attacked images.</summary>
    Eval,

    /// <summary>TRADES with ten attack steps; the rest as <see cref="Finetune"/>.</summary>
    Trades,
}

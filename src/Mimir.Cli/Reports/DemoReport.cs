namespace Mimir.Cli.Reports;

/// <summary>The demonstration's table.</summary>
/// <param name="Folder">Where the stages' run folders are.</param>
/// <param name="Eps">Radius of every attack in [0, 1].</param>
/// <param name="Quick">Whether it was the short form.</param>
/// <param name="TestImages">Images that the accuracies are shares of.</param>
/// <param name="Rows">One a kind of pre-training, and training from scratch.</param>
/// <param name="Seconds">How long it took in all.</param>
internal sealed record DemoReport(string Folder, float Eps, bool Quick, int TestImages, IReadOnlyList<DemoRowReport> Rows, double Seconds) : Report;

/// <summary>A row of the demonstration.</summary>
/// <param name="Method">mae, adv-mae, mimir or from-scratch.</param>
/// <param name="Natural">Natural accuracy.</param>
/// <param name="Pgd20">Accuracy under PGD-20.</param>
/// <param name="Hsic">HSIC-CCA at the end of pre-training; null without pre-training.</param>
/// <param name="Seconds">Pre-training, fine-tuning and evaluation.</param>
internal sealed record DemoRowReport(string Method, AccuracyReport Natural, AccuracyReport Pgd20, double? Hsic, double Seconds);

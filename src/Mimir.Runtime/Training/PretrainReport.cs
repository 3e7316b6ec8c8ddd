namespace Mimir.Runtime.Training;

/// <summary>What one pre-training step measured.</summary>
/// <param name="Loss">Reconstruction + λ · information.</param>
/// <param name="Reconstruction">Mean squared error of the masked patches.</param>
/// <param name="Information">The estimator's value; NaN when there is no penalty or it was skipped.</param>
/// <param name="InformationSkipped">Whether the estimator's matrices were singular or not finite, so that the step went without a penalty.</param>
/// <param name="MiWeight">The λ used.</param>
/// <param name="GradientRatio">‖λ·∂information/∂latent‖ over ‖∂reconstruction/∂latent‖; NaN without a penalty.</param>
/// <param name="StillPixels">Share of pixels that the attack's last gradient left at exactly zero; NaN without an attack.</param>
public readonly record struct PretrainReport(
    double Loss, double Reconstruction, double Information, bool InformationSkipped, double MiWeight, double GradientRatio, double StillPixels);

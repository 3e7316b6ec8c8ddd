namespace Mimir.Runtime.Data.Augmentation;

/// <summary>A rectangle of pixels inside an image.</summary>
/// <param name="Row">First row.</param>
/// <param name="Column">First column.</param>
/// <param name="Height">Rows, from 1.</param>
/// <param name="Width">Columns, from 1.</param>
public readonly record struct Window(int Row, int Column, int Height, int Width);

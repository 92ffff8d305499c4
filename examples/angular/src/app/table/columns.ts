import { age } from '../clock';
import type { Column, Row } from './row';

export const NAME: Column<Row> = {
  id: 'name',
  label: 'Name',
  width: 'minmax(0, 3fr)',
  shows: 'link',
  text: ({ metadata }) => metadata.name,
};

export const NAMESPACE: Column<Row> = {
  id: 'namespace',
  label: 'Namespace',
  width: 'minmax(0, 1.25fr)',
  minor: true,
  text: ({ metadata }) => metadata.namespace ?? '',
};

export const STATUS: Column<Row> = {
  id: 'status',
  label: 'Status',
  width: 'minmax(8.5rem, 1.5fr)',
  shows: 'status',
  text: ({ status }) => status.text,
};

export const AGE: Column<Row> = {
  id: 'age',
  label: 'Age',
  width: '2.5rem',
  shows: 'number',
  text: ({ metadata }, now) => age(metadata.creationTimestamp, now),
  key: ({ metadata }) => -Date.parse(metadata.creationTimestamp),
};
